"""What money is for, as far as the drawing shows it (M1, M2, M9, M10)."""

from __future__ import annotations

from collections.abc import Iterator

from flows.proof.draft import Draft
from flows.proof.fault import Fault, error, warning
from flows.schema import Parallel

MONEY_BACK = "returned"  # the outcome that makes a type a refund


def purposes(draft: Draft) -> Iterator[Fault]:
    """M1, M9: every payment names the services it is for, and who holds what cannot be paid back."""
    for step, contract, _ in draft.typed():
        if not contract.taking():
            continue
        if not step.names("for") or not all(delivers(draft, key) for key in step.names("for")):
            yield error("money.purpose_missing", f"「{draft.title(step)}」收的钱没有对应任何服务，请选择它为哪一步付费。", step.key)
        if step.settings.get("desk", "unset") in ("", None):
            yield error("money.desk_missing", f"「{draft.title(step)}」没有指定退款失败时由谁负责。", step.key)


def delivers(draft: Draft, key: str) -> bool:
    contract = draft.contract(draft.steps[key]) if key in draft.steps else None
    return contract is not None and bool(contract.delivering())


def refunds(draft: Draft) -> Iterator[Fault]:
    """M2."""
    for step, contract, _ in draft.typed():
        targets = step.names("of")
        if (targets or MONEY_BACK in contract.ends()) and not (targets and all(takes(draft, key) for key in targets)):
            yield error("money.refund_target", f"「{draft.title(step)}」要退的不是一笔缴费。", step.key)


def takes(draft: Draft, key: str) -> bool:
    contract = draft.contract(draft.steps[key]) if key in draft.steps else None
    return contract is not None and bool(contract.taking())


def races(draft: Draft) -> Iterator[Fault]:
    """M10."""
    for step, contract, parents in draft.typed():
        if contract.taking() and any(isinstance(parent, Parallel) and loses_and_keeps(parent) for parent, _ in parents):
            yield warning("money.race_keep", f"「{draft.title(step)}」所在的线落选时，已收的钱不会自动退回。", step.key)


def loses_and_keeps(parallel: Parallel) -> bool:
    return parallel.losers == "keep" and parallel.need != "all" and parallel.need < len(parallel.lanes)


RULES = (purposes, refunds, races)
