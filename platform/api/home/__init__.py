"""The pages round a visit: home, orders, messages, past visits, guide pages. Each is a screen."""

from api.home.front import home
from api.home.lists import inbox, order, orders, page, records

__all__ = ["home", "inbox", "order", "orders", "page", "records"]
