"""Whatever leaves the house for money. What rooms above may call is here."""

from payments.errands.asking import close, look_up
from payments.errands.notices import Ack, accept_callback
from payments.errands.prepaying import Prepayment, prepay
from payments.errands.refunding import refund
from payments.errands.sweeping import sweep

__all__ = ["Ack", "Prepayment", "accept_callback", "close", "look_up", "prepay", "refund", "sweep"]
