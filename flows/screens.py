"""What the patient sees of a visit: the chain as one line, the one thing now, the way to each step. Pure: scenes in, screen out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.money import Fen, yuan
from core.screen import (
    Action,
    ActionBar,
    Amount,
    AnyBlock,
    Elder,
    EntityCard,
    Facts,
    Fence,
    Form,
    FormField,
    Item,
    ItemGroup,
    ItemLines,
    NodeState,
    Notice,
    NowCard,
    Option,
    Pair,
    Place,
    Poll,
    Result,
    Route,
    RouteNode,
    Row,
    RowList,
    Screen,
    Stepper,
    Ticket,
    Tone,
)  # fmt: skip
from flows.nodes import PALETTE, Drawing, NodeType, Scene, link
from flows.nodes.form import NO, YES, FormSettings
from flows.nodes.link import LinkSettings
from flows.schema import Question

LIVE = ("now", "waiting", "trouble", "unknown")
PASSED = ("done", "skipped", "cancelled")


@dataclass(frozen=True)
class Fork:
    """A place where the chain splits into lines that are all walked."""

    key: str
    title: str
    lanes: tuple[tuple[Station, ...], ...]


@dataclass(frozen=True)
class Stop:
    """One step as the patient will meet it."""

    type: str
    scene: Scene


Station = Fork | Stop


@dataclass(frozen=True)
class Chain:
    """A whole visit, ready to be drawn."""

    run: str
    title: str
    patient: str
    relation: str
    card: str
    department: str
    doctor: str
    starts: datetime | None
    stations: tuple[Station, ...]
    ended: bool
    ended_by: str
    as_of: datetime
    desk_name: str
    desk_phone: str
    elder: bool


def stops(stations: Sequence[Station]) -> list[Stop]:
    """Every step of the chain, lanes one after the other."""
    found: list[Stop] = []
    for station in stations:
        if isinstance(station, Stop):
            found.append(station)
        else:
            found.extend(stop for lane in station.lanes for stop in stops(lane))
    return found


def node_of(stop: Stop) -> NodeType:
    return PALETTE[stop.type]


def drawn(stop: Stop) -> Drawing:
    """The step's own words; trouble reads the same for every type."""
    scene = stop.scene
    if scene.state == "trouble":
        return Drawing(lead="工作人员正在处理", note=f"有问题请联系{scene.desk}", verb=scene.title)
    if scene.state == "skipped":
        return Drawing(lead="已免除")
    if scene.state == "cancelled":
        return Drawing(lead=scene.reason or "已取消")
    if scene.mode == "undoing":
        return Drawing(
            lead=f"正在退款 ¥{yuan(Fen(scene.paid_fen))}，不用再操作" if scene.paid_fen else "正在撤回，不用再操作", verb=scene.title
        )
    if scene.mode == "closing":
        return Drawing(lead="正在取消，请不要再付款" if scene.order else "正在取消", verb=scene.title)
    return node_of(stop).draw(scene)


def route_node(station: Station) -> RouteNode:
    if isinstance(station, Fork):
        inner = [stop.scene.state for stop in stops(station.lanes[0])] + [
            stop.scene.state for lane in station.lanes[1:] for stop in stops(lane)
        ]
        state: NodeState = (
            "now" if any(one in LIVE for one in inner) else "done" if inner and all(one in PASSED for one in inner) else "future"
        )
        lanes = [[route_node(one) for one in lane] for lane in station.lanes]
        return RouteNode(key=station.key, state=state, title=station.title, note="先做哪项都行", lanes=lanes)
    scene, drawing = station.scene, drawn(station)
    return RouteNode(
        key=scene.key, state=scene.state, title=scene.title, note=drawing.lead, time=scene.finished_at, icon=node_of(station).icon,
        place=scene.place if scene.state in LIVE else "", optional="视情况" if scene.state == "maybe" else "", action=drawing.action,
    )  # fmt: skip


def now_card(_chain: Chain, stop: Stop) -> NowCard:
    scene, drawing = stop.scene, drawn(stop)
    tones: dict[str, Tone] = {"waiting": "waiting", "trouble": "trouble", "unknown": "unknown"}
    tone = tones.get(scene.state, "now")
    return NowCard(
        key=f"now-{scene.key}", tone=tone, title=drawing.verb or scene.title, lead=drawing.lead, value=drawing.value, unit=drawing.unit,
        place=scene.place, wait=drawing.wait, caution=drawing.caution, icon=node_of(stop).icon, action=drawing.action,
        elder=Elder(role="lead", title=drawing.verb or scene.title, text=elder_text(stop) or drawing.lead),
    )  # fmt: skip


def elder_text(stop: Stop) -> str:
    """What staff wrote for the moment of the step: queueing is waiting, anything else is when she can act."""
    return stop.scene.settings.elder_text if stop.scene.state == "now" or stop.type.startswith("waiting@") else ""


def visit(chain: Chain) -> Screen:
    """The visit page: who and where, the one thing now, the whole chain, the desk."""
    every = stops(chain.stations)
    live = [stop for stop in every if stop.scene.state in LIVE]
    current = next((number for number, stop in enumerate(every, 1) if stop.scene.state in LIVE), 0)
    lines = [" · ".join(part for part in (f"{chain.doctor} 医生" if chain.doctor else "", chain.patient) if part)]
    blocks: list[AnyBlock] = [
        Stepper(key="stepper", index=current, labels=[stop.scene.title for stop in every], elder=Elder(role="lead")),
        EntityCard(key="visit", title=chain.department, lines=lines, icon="visit", elder=Elder(role="more")),
    ]
    if chain.ended:
        blocks.append(ending(chain))
    blocks.extend(now_card(chain, stop) for stop in live[:1])
    if live and live[0].scene.place:
        blocks.append(Place(key="place", building=live[0].scene.place, elder=Elder(role="support")))
    blocks.append(
        Route(key="route", nodes=[route_node(one) for one in chain.stations], step=current, total=len(every), elder=Elder(role="more"))
    )
    blocks.append(bar(chain, live))
    return frame(chain, key="visit", title="就诊进度", blocks=blocks, speech=speech(chain, live), poll=poll(chain, live))


def ending(chain: Chain) -> Result:
    if chain.ended_by == "finished":
        return Result(key="end", outcome="good", title="这次就诊已全部完成", elder=Elder(role="lead"))
    return Result(
        key="end",
        outcome="empty",
        title="这次就诊已结束",
        reason="当天没有办完的步骤已关闭；没有付的费用不用再付，有疑问请到导诊台。",
        elder=Elder(role="lead"),
    )


def bar(chain: Chain, live: Sequence[Stop]) -> ActionBar:
    main = drawn(live[0]).action if live else None
    second = Action(label="导诊台", kind="call", target=chain.desk_phone) if chain.desk_phone else None
    return ActionBar(key="bar", main=main.model_copy(update={"tone": "main"}) if main else None, second=second)


def speech(chain: Chain, live: Sequence[Stop]) -> str:
    if not live:
        return "这次就诊已经结束。" if chain.ended else "现在没有要办的事。"
    drawing, scene = drawn(live[0]), live[0].scene
    figure = f",前面还有 {drawing.value} 位" if drawing.unit == "位" else ""
    return f"现在：{drawing.verb or scene.title}。{drawing.lead}{figure}。" + (f"地点：{scene.place}。" if scene.place else "")


def poll(chain: Chain, live: Sequence[Stop]) -> Poll | None:
    """How soon to ask again, in seconds (patient.md §4): queues by the number ahead, payment often, else now and then."""
    if chain.ended:
        return None
    scene = live[0].scene if live else None
    if scene is None:
        return Poll(after=5)
    if scene.ahead is not None:
        return Poll(after=5 if scene.ahead <= 2 else 15 if scene.ahead <= 20 else 60)
    return Poll(after=5 if scene.state in ("unknown",) or scene.order_state in ("paying", "paid", "unknown") else 10)


def frame(
    chain: Chain, *, key: str, title: str, blocks: Sequence[AnyBlock], speech: str = "", poll: Poll | None = None, back: str = ""
) -> Screen:
    return Screen(
        key=f"{key}:{chain.run}", title=title, mode="elder" if chain.elder else "normal", as_of=chain.as_of, speech=speech,
        blocks=list(blocks), poll=poll,
        back=back or "/pages/home/index", desk_phone=chain.desk_phone, desk_name=chain.desk_name,
    )  # fmt: skip


def step(chain: Chain, key: str) -> Screen | None:
    """A step's own page: check-in, queue, bill, guide. None when the chain has no such step."""
    stop = next((one for one in stops(chain.stations) if one.scene.key == key), None)
    if stop is None:
        return None
    name = stop.type.partition("@")[0]
    blocks = PAGES.get(name, plain_page)(chain, stop)
    back = f"/pages/visit/index?id={chain.run}"
    return frame(
        chain, key=f"step-{key}", title=stop.scene.title, blocks=blocks, speech=speech(chain, [stop]), poll=poll(chain, [stop]), back=back
    )


def plain_page(chain: Chain, stop: Stop) -> list[AnyBlock]:
    return [now_card(chain, stop), see_all(chain)]


def see_all(chain: Chain, main: Action | None = None) -> ActionBar:
    back = Action(label="看就诊进度", kind="go", target=f"/pages/visit/index?id={chain.run}", tone="second" if main else "main")
    return ActionBar(key="bar", main=main or back, second=back if main else None)


def checkin_page(chain: Chain, stop: Stop) -> list[AnyBlock]:
    scene, drawing = stop.scene, drawn(stop)
    if scene.state in PASSED:
        return [Result(key="result", outcome="good", title=drawing.lead, reason=drawing.note), see_all(chain)]
    appointment = [
        Pair(label="科室", value=chain.department),
        Pair(label="医生", value=chain.doctor),
        Pair(label="时间", time=chain.starts),
    ]
    way_in = Row(title=f"怎么去{scene.campus}", note="打开地图", icon="gd", action=Action(label="导航", kind="nav", target=scene.campus_at))
    ways = [
        *([way_in] if scene.campus_at else []),
        Row(title="到导诊台报到", note=f"{chain.desk_name}，告诉工作人员姓名即可", icon="visit"),
        Row(title="打电话给导诊台", note=chain.desk_phone, icon="msg", action=Action(label="拨打", kind="call", target=chain.desk_phone)),
    ]
    return [
        Fence(key="fence", limit=scene.fence_metres, campus=scene.campus, elder=Elder(role="support")),
        Facts(
            key="appointment",
            title="报到的号",
            pairs=[pair for pair in appointment if pair.value or pair.time],
            elder=Elder(role="support"),
        ),
        Notice(key="privacy", text="定位只用来算您离院区多远，算完就丢掉，不保存。", elder=Elder(role="more")),
        RowList(key="ways", title="手机报不了到？", rows=ways, elder=Elder(role="more")),
        ActionBar(key="bar", main=drawing.action),
    ]


def waiting_page(chain: Chain, stop: Stop) -> list[AnyBlock]:
    scene = stop.scene
    ticket = Ticket(
        key="ticket", number=scene.ticket, ahead=scene.ahead, minutes_low=scene.minutes_low, minutes_high=scene.minutes_high,
        as_of=chain.as_of,
        called=scene.called, room=scene.room, elder=Elder(role="lead"),
    )  # fmt: skip
    blocks: list[AnyBlock] = [ticket] if scene.ticket else [now_card(chain, stop)]
    if scene.place:
        blocks.append(Place(key="place", building=scene.place, elder=Elder(role="support")))
    return [*blocks, Notice(key="hint", text="快轮到时这里会提醒您。过号请到导诊台重新排。", elder=Elder(role="support")), see_all(chain)]


def payment_page(chain: Chain, stop: Stop) -> list[AnyBlock]:
    scene = stop.scene
    if scene.state in PASSED or scene.state == "unknown" or scene.order_state in ("paid", "booked"):
        return [result(scene), see_all(chain)]
    items = [Item(name=name, note=spec, quantity=quantity, amount=amount) for name, spec, quantity, amount in scene.bill_lines]
    amount = Amount(key="amount", total=scene.due_fen, due=scene.due_fen, deadline=scene.order_deadline, elder=Elder(role="lead"))
    lines = ItemLines(key="lines", title="收费明细", groups=[ItemGroup(title="", items=items)], elder=Elder(role="more"))
    pay = Action(label="微信支付", kind="pay", target=f"/visits/{chain.run}/steps/{scene.key}/pay", tone="main", body={"channel": "wechat"})
    if not scene.order:
        return [amount, lines, Notice(key="opening", tone="waiting", text="正在准备收费单，几秒就好。"), see_all(chain)]
    return [
        amount,
        lines,
        Notice(key="safe", text="付款结果以医院收到为准。付一次就够，不用重复付。", elder=Elder(role="support")),
        ActionBar(key="bar", main=pay, sum=scene.due_fen),
    ]


def result(scene: Scene) -> Result:
    """How a payment stands. Unknown is unknown: the patient is asked not to pay again."""
    if scene.state == "done" and scene.outcome == "nothing_due":
        return Result(key="result", outcome="good", title="不用缴费", money_sentence="没有扣您的钱。")
    if scene.state == "done" and scene.outcome == "paid":
        return Result(key="result", outcome="good", title="缴费成功", money_sentence="钱已收到，医院已记账。")
    if scene.order_state in ("paid", "booked"):
        return Result(
            key="result", outcome="good", title="钱已收到", money_sentence="医院正在记账，不用再付。", reason="记账好了会自动进入下一步。"
        )
    if scene.state == "unknown" or scene.order_state in ("unknown", "trouble", "closing"):
        return Result(
            key="result",
            outcome="unknown",
            title="正在确认付款结果",
            money_sentence="请不要再付一次。",
            reason="正在向微信查询，通常一分钟内有结果。",
        )
    return Result(
        key="result",
        outcome="failed",
        title="没有缴成",
        money_sentence="没有扣您的钱，或已原路退回。",
        reason=scene.reason or "可以重新缴费，或到收费窗口办理。",
    )


def form_page(chain: Chain, stop: Stop) -> list[AnyBlock]:
    """The questions while they can be answered; not to answer is offered beside them, where staff allow it."""
    scene, texts = stop.scene, stop.scene.settings
    if scene.state not in ("now", "waiting") or not isinstance(texts, FormSettings):
        return plain_page(chain, stop)
    block = Form(
        key="form", fields=[form_field(each) for each in texts.fields], submit=scene.act("提交", "submit"),
        elder=Elder(role="lead", title=scene.title, text=texts.elder_text or None),
    )  # fmt: skip
    lead = Notice(key="lead", text=drawn(stop).lead, elder=Elder(role="support", text=texts.elder_text or None))
    back = Action(label="看就诊进度", kind="go", target=f"/pages/visit/index?id={chain.run}")
    decline = scene.act("不想填", "decline").model_copy(update={"tone": "link"}) if texts.may_decline else None
    return [lead, block, ActionBar(key="bar", second=back, link=decline)]


def form_field(question: Question) -> FormField:
    if question.kind == "number":
        hint = f"填 {question.low} 到 {question.high} 的整数{f'，单位：{question.unit}' if question.unit else ''}"
        return FormField(name=question.key, label=question.title, kind="number", hint=hint)
    options = [(YES, "是"), (NO, "否")] if question.kind == "bool" else [(each, each) for each in question.options]
    ways = [Option(value=value, label=label) for value, label in options]
    return FormField(name=question.key, label=question.title, kind="select", options=ways)


def link_page(chain: Chain, stop: Stop) -> list[AnyBlock]:
    """The way out, and the word that one is back."""
    scene, who = stop.scene, link.provider(stop.scene)
    if scene.state not in ("now", "waiting") or not isinstance(scene.settings, LinkSettings):
        return plain_page(chain, stop)
    card = now_card(chain, stop)
    ask = f"要打开{who}的页面。那里由{who}负责，办好后请回到这里。"
    leave = Action(label="去办理", kind="open", target=scene.settings.url, tone="main", confirm=ask)
    hint = Notice(key="hint", text="办好以后回到这一页，点“我办好了”。", elder=Elder(role="support"))
    back = scene.act("我办好了", "returned")
    return [card.model_copy(update={"action": leave if who else None}), hint, see_all(chain, back)]


def guide_page(chain: Chain, stop: Stop) -> list[AnyBlock]:
    scene = stop.scene
    read = scene.act("我看完了", "read") if scene.state in ("now", "waiting") else None
    return [now_card(chain, stop), see_all(chain, read)]


PAGES: dict[str, Callable[[Chain, Stop], list[AnyBlock]]] = {
    "checkin": checkin_page, "waiting": waiting_page, "payment": payment_page, "guide": guide_page, "form": form_page, "link": link_page,
}  # fmt: skip
"""The types with a page of more than their card."""
