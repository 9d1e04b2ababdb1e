"""What the money desk can decide about an order in trouble, in words."""

from __future__ import annotations

DECISIONS = {
    "ask": "再问一次渠道（不动钱）",
    "go_on": "没有问题，照常进行（不动钱）",
    "refund": "原路退回全部",
    "booked": "医院已人工入账，填收据号",
    "close": "没有收到钱，按未付关单",
}
MOVE_MONEY = ("refund", "booked")
"""These need a second person."""
