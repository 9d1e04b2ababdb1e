"""The lists and the pages behind them: orders, one order, messages, past visits, guide pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings

from cms import queries as pages
from core import clock
from core.money import Fen, yuan
from core.screen import Action, ActionBar, AnyBlock, Elder, Facts, Notice, Pair, Result, Row, RowList, Screen, Tone
from flows import queries as flows
from flows.models import Run
from messaging import actions as mail
from messaging import queries as messages
from patients import queries as patients
from patients.models import Account
from payments import queries as payments
from payments.models import Order

HOME = "/pages/home/index"
BACK_HOME = Action(label="回首页", kind="go", target=HOME, tone="main")

STANDS: dict[str, tuple[str, Tone]] = {
    "open": ("等您付款", "now"), "paying": ("正在付款", "waiting"), "unknown": ("正在确认", "unknown"), "closing": ("正在确认", "unknown"),
    "closed": ("已关闭，没有扣钱", "plain"), "paid": ("钱已收到，正在记账", "waiting"), "booked": ("已缴费", "good"),
    "trouble": ("工作人员正在处理", "trouble"), "refunding": ("正在退款", "waiting"), "refunded": ("已退款", "plain"),
}  # fmt: skip
"""What a patient reads for each state of an order."""


def framed(key: str, title: str, blocks: Iterable[AnyBlock], *, elder: bool, speech: str = "", back: str = HOME) -> Screen:
    return Screen(
        key=key, title=title, mode="elder" if elder else "normal", as_of=clock.now(), speech=speech, blocks=list(blocks), back=back,
        desk_phone=settings.DESK_PHONE, desk_name=settings.DESK_NAME,
    )  # fmt: skip


def numbers(account: Account) -> list[str]:
    return [row.patient.number for row in patients.patients_of(account)]


def empty(title: str, text: str) -> list[AnyBlock]:
    return [Notice(key="empty", title=title, text=text, elder=Elder(role="lead")), ActionBar(key="bar", main=BACK_HOME)]


# Orders


def orders(account: Account, *, elder: bool) -> Screen:
    rows = [row_of(order) for order in payments.orders_of(numbers(account))]
    blocks = (
        [RowList(key="orders", rows=rows, elder=Elder(role="lead"))]
        if rows
        else empty("还没有缴过费", "在手机上缴的费用会列在这里。窗口缴的不在其中。")
    )
    return framed("orders", "缴费记录", blocks, elder=elder, speech=f"一共 {len(rows)} 笔。" if rows else "还没有缴过费。")


def row_of(order: Order) -> Row:
    words, tone = STANDS.get(str(order.state), ("正在确认", "unknown"))
    look = Action(label="看详情", kind="go", target=f"/pages/order/index?number={order.number}", tone="link")
    return Row(title=order.description, note=words, amount=order.amount, tone=tone, icon="pay", time=order.created_at, action=look)


def order(number: str, account: Account, *, elder: bool) -> Screen:
    """One order and how it stands. Raises OrderNotFound, a stranger's order included."""
    found = payments.order_for(number, numbers(account))
    words, tone = STANDS.get(str(found.state), ("正在确认", "unknown"))
    pairs = [
        Pair(label="金额", amount=found.amount), Pair(label="项目", value=found.description), Pair(label="订单号", value=found.number),
        Pair(label="开单", time=found.created_at), *([Pair(label="付款", time=found.paid_at)] if found.paid_at else []),
        *([Pair(label="收据号", value=found.receipt)] if found.receipt else []),
    ]  # fmt: skip
    outcome = {"good": "good", "unknown": "unknown", "waiting": "unknown", "trouble": "unknown"}.get(tone, "empty")
    result = Result(key="result", outcome=outcome, title=words, money_sentence=sentence(found), elder=Elder(role="lead"))  # type: ignore[arg-type]  # one of the four
    blocks: list[AnyBlock] = [
        result,
        Facts(key="facts", pairs=pairs, elder=Elder(role="support")),
        ActionBar(key="bar", main=way_on(found)),
    ]
    return framed(f"order:{number}", "缴费详情", blocks, elder=elder, speech=f"{words}。{sentence(found)}", back="/pages/orders/index")


def sentence(found: Order) -> str:
    """Whether money was taken: always the first thing said."""
    money = f"¥{yuan(Fen(found.amount))}"
    return {
        "open": "还没有扣您的钱。",
        "paying": "付好后这里会变；付一次就够。",
        "unknown": "正在向微信确认，请不要再付一次。",
        "closing": "正在向微信确认，请不要再付一次。",
        "closed": "没有扣您的钱。",
        "paid": f"{money} 已收到，不用再付。",
        "booked": f"{money} 已收到，医院已记账。",
        "trouble": "请不要再付一次，有疑问请打导诊台电话。",
        "refunding": f"{money} 正在原路退回。",
        "refunded": f"{money} 已原路退回。",
    }.get(str(found.state), "")


def way_on(found: Order) -> Action:
    run = found.key.partition(":")[0]
    if run and Run.objects.filter(number=run).exists():
        return Action(label="看就诊进度", kind="go", target=f"/pages/visit/index?id={run}", tone="main")
    return BACK_HOME


# Messages, past visits, pages


def inbox(account: Account, *, elder: bool) -> Screen:
    """Her messages and her family's, newest first; shown is read."""
    people = numbers(account)
    found = sorted((message for number in people for message in messages.inbox(number)), key=lambda one: one.left_at, reverse=True)
    rows = [
        Row(
            title=one.title, note=one.body, time=one.left_at, icon="msg", unread=one.read_at is None,
            action=Action(label="去看看", kind="go", target=one.target, tone="link") if one.target else None,
        )
        for one in found
    ]  # fmt: skip
    for number in people:
        mail.mark_read(number)
    blocks = (
        [RowList(key="inbox", rows=rows, elder=Elder(role="lead"))] if rows else empty("没有消息", "叫号、缴费、取药的提醒会出现在这里。")
    )
    return framed("inbox", "消息", blocks, elder=elder, speech=f"一共 {len(rows)} 条消息。" if rows else "没有消息。")


def records(account: Account, *, elder: bool) -> Screen:
    """Past visits, newest first, by patient."""
    chains = flows.chains(flows.past_runs_of(account), account, elder=elder)
    rows = [
        Row(
            title=chain.department, note="　".join(part for part in (chain.patient, chain.doctor) if part), time=chain.starts, icon="visit",
            value="进行中" if not chain.ended else "",
            action=Action(label="看经过", kind="go", target=f"/pages/visit/index?id={chain.run}", tone="link"),
        )
        for chain in chains
    ]  # fmt: skip
    blocks = (
        [RowList(key="records", rows=rows, elder=Elder(role="lead"))] if rows else empty("还没有就诊记录", "看过的每一次都会列在这里。")
    )
    return framed("records", "就诊记录", blocks, elder=elder, speech=f"一共 {len(rows)} 次就诊。" if rows else "还没有就诊记录。")


def page(slug: str, *, elder: bool) -> Screen:
    return pages.guide(slug, elder=elder)


__all__: Sequence[str] = ["inbox", "order", "orders", "page", "records"]
