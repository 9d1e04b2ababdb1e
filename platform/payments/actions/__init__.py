"""Every write of this room. What rooms above may call is here; the rest belongs to our errands."""

from payments.actions.orders import mark_booked, open_order, report_held, report_trouble

__all__ = ["mark_booked", "open_order", "report_held", "report_trouble"]
