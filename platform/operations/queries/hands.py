"""What staff may do to a visit by hand, and why not when they may not."""

from __future__ import annotations

from dataclasses import dataclass

from flows.models import Run
from flows.schema import Block, Branch, Contract, Repeat, Step, walk

ANSWERABLE = ("waiting", "trouble")
ASKING = ("closing", "undoing")
NOT_KNOWN = "结果还不知道，现在填结果可能收两次钱。等确认后再办。"


@dataclass(frozen=True)
class Hand:
    """One action on one instance `key#n`. When `why_not` is set it is shown and cannot be done."""

    kind: str
    instance: str
    title: str
    effect: str
    outcomes: tuple[tuple[str, str], ...] = ()
    why_not: str = ""

    @property
    def allowed(self) -> bool:
        return not self.why_not


def hands(run: Run) -> list[Hand]:
    """For everything live, in the order of the flow: try again, finish by hand, skip; or choose the way where the flow could not."""
    if run.status == Run.Status.ENDED:
        return []
    live = run.kernel_state.live
    return [hand for block, _ in walk(run.version.parsed) if block.key in live for hand in of_block(run, block, *live[block.key])]


def of_block(run: Run, block: Block, n: int, mode: str) -> list[Hand]:
    instance = f"{block.key}#{n}"
    if isinstance(block, (Branch, Repeat)):
        return [choose(block, instance)]
    contract = run.version.frozen.get(block.type) if isinstance(block, Step) else None
    if not isinstance(block, Step) or contract is None:
        return []
    if mode == "unserved":
        return [choose_port(block, contract, instance)]
    return [retry(block, instance, mode), finish(block, contract, instance, mode), skip(block, contract, instance, mode)]


def retry(step: Step, instance: str, mode: str) -> Hand:
    if mode in ASKING:
        return Hand("retry", instance, f"再问一次“{step.title}”", "再向合作方确认一次；不会重复收钱，也不会重复退钱。")
    why_not = "" if mode == "trouble" else "正在向渠道确认，系统会自己继续。" if mode == "expiring" else "这一步没有停住，系统会自己继续。"
    return Hand("retry", instance, f"再试一次“{step.title}”", "从这一步重新来；不会重复收钱。", why_not=why_not)


def finish(step: Step, contract: Contract, instance: str, mode: str) -> Hand:
    """Money outcomes are never set by hand here, in or out: they need a second person and a receipt number."""
    outcomes = () if step.names("of") else tuple((one.key, one.title) for one in contract.outcomes if not one.takes)
    why_not = NOT_KNOWN if mode not in ANSWERABLE else "" if outcomes else "这一步的结果都牵涉收钱，不能由一个人填。"
    note = "动钱的结果不在其中。" if len(outcomes) < len(contract.outcomes) else ""
    return Hand("finish", instance, f"代办“{step.title}”", f"患者在现场办好了，由您填结果。{note}", outcomes, why_not)


def skip(step: Step, contract: Contract, instance: str, mode: str) -> Hand:
    why_not = ""
    if any(one.takes or one.delivers for one in contract.outcomes) or contract.undo or step.names("of"):
        why_not = "这一步收钱或提供服务，免除会对不上账。"
    elif not step.skippable:
        why_not = "流程里没有把这一步设成可以免除。"
    elif mode not in ANSWERABLE:
        why_not = "结果还不知道。"
    return Hand("skip", instance, f"免除“{step.title}”", "患者手机上显示“已免除”，流程往下走。", why_not=why_not)


def choose(block: Branch | Repeat, instance: str) -> Hand:
    """A condition that needs a fact nobody knows."""
    if isinstance(block, Repeat):
        ways = [("next", "不再重复，往下走"), ("again", "再来一次")]
    else:
        ways = [(case.key, case.title or case.key) for case in block.cases]
        ways += [] if block.otherwise is None else [("otherwise", "其余情况")]
    return Hand("choose", instance, f"替“{block.title}”选一条路", "条件要用的事实还不知道。选了就照这条路走。", tuple(ways))


def choose_port(step: Step, contract: Contract, instance: str) -> Hand:
    """An outcome the flow gave no way to."""
    titles = {one.key: one.title for one in contract.outcomes}
    ways = [(port, f"按“{titles.get(port, port)}”走") for port in sorted(step.ports)]
    return Hand("choose", instance, f"“{step.title}”之后怎么走", "这个结果在流程里没有去处。", (*ways, ("next", "照常往下走")))
