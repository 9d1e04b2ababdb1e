"""The palette, by an explicit list. A type is offered when a test has walked it through its states."""

from flows.nodes import bill, checkin, consultation, desk, form, guide, link, message, payment, pharmacy, refund, task, wait, waiting
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings, Where
from flows.schema import Contract

PALETTE: dict[str, NodeType] = {
    module.NODE.name: module.NODE
    for module in (checkin, waiting, consultation, bill, payment, pharmacy, refund, desk, guide, message, form, link, wait, task)
}
CONTRACTS: dict[str, Contract] = {name: node.contract for name, node in PALETTE.items()}

__all__ = ["CONTRACTS", "PALETTE", "Drawing", "Hearing", "NodeType", "Scene", "Settings", "Where"]
