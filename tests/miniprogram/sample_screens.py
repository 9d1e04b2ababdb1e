"""Screens as the house makes them: visits through `flows.screens`, the rest by hand from `core.screen`. Invented and masked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.screen import (
    Action,
    ActionBar,
    Amount,
    AnyBlock,
    Choice,
    Code,
    Elder,
    EntityCard,
    Facts,
    Fence,
    Form,
    FormField,
    Item,
    ItemGroup,
    ItemLines,
    Notice,
    NowCard,
    Option,
    Pair,
    PatientBar,
    Place,
    Result,
    RichPart,
    RichText,
    Route,
    RouteNode,
    Row,
    RowList,
    Screen,
    Stepper,
    Tender,
    Ticket,
    Tile,
    Tiles,
)
from flows import screens
from flows.nodes import PALETTE, Scene
from flows.screens import Chain, Fork, Stop

NOW = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)
"""A fixed moment: the pictures stay the same from run to run."""
RUN = "V1"
DESK = {"desk_phone": "020-00000000", "desk_name": "门诊导诊台"}
SPEC = [
    ("报到", "checkin@1"),
    ("候诊", "waiting@1"),
    ("就诊", "consultation@1"),
    ("费用", "bill@1"),
    ("缴费", "payment@1"),
    ("取药", "pharmacy@1"),
    ("取药须知", "guide@1"),
]


def scene(key: str, title: str, kind: str, state: str, **more: Any) -> Scene:
    settings = PALETTE[kind].settings_of({"place": {"building": "门诊楼", "floor": "3 楼", "room": "B 区候诊厅"}, "page": "medicine"})
    common = {
        "campus": "本部院区",
        "department": "呼吸内科",
        "doctor": "陈*医生",
        "desk": "门诊导诊台",
        "fence_metres": 500,
        "appointment_time": NOW,
    }
    if state == "done":
        more = {"finished_at": NOW - timedelta(minutes=20), **more}
    return Scene(key=key, instance=key, title=title, state=state, settings=settings, run=RUN, **{**common, **more})


def chain(at: int, *, elder: bool, **more: Any) -> Chain:
    """The usual visit, standing at step number `at` (from 0)."""

    def stop(number: int) -> Stop:
        title, kind = SPEC[number]
        state = "done" if number < at else "now" if number == at else "maybe" if number >= 5 else "future"
        return Stop(type=kind, scene=scene(f"s{number}", title, kind, state, **(more if number == at else {})))

    stations = tuple(stop(number) for number in range(len(SPEC)))
    return Chain(
        run=RUN,
        title="看病",
        patient="王*",
        relation="本人",
        card="**3821",
        department="呼吸内科",
        doctor="陈*医生",
        starts=NOW,
        stations=stations,
        ended=False,
        ended_by="",
        as_of=NOW,
        elder=elder,
        **DESK,
    )


QUEUE = {"ticket": "A012", "ahead": 3, "minutes_low": 10, "minutes_high": 20}
BILL = {
    "order": "O1",
    "order_state": "open",
    "due_fen": 32650,
    "order_deadline": NOW + timedelta(minutes=28),
    "bill_lines": (("胸部 CT 平扫", "", "1 次", 18600), ("呼吸道病原体核酸", "", "1 次", 7700), ("C 反应蛋白测定", "", "1 次", 6350)),
}


def visit(at: int = 1, *, elder: bool = False, **more: Any) -> Screen:
    return screens.visit(chain(at, elder=elder, **(more or (QUEUE if at == 1 else BILL if at == 4 else {}))))


def forked(*, elder: bool = False) -> Screen:
    """Two tests at once: the line parts and comes together again."""
    base = chain(4, elder=elder)
    lane = lambda key, title, state: (Stop(type="consultation@1", scene=scene(key, title, "consultation@1", state)),)  # noqa: E731
    fork = Fork(key="fork", title="做 2 项检查", lanes=(lane("blood", "抽血检验", "now"), lane("ct", "胸部 CT", "waiting")))
    return screens.visit(replace(base, stations=(*base.stations[:4], fork, *base.stations[5:])))


def step(at: int, *, elder: bool = False, **more: Any) -> Screen:
    screen = screens.step(chain(at, elder=elder, **(more or (QUEUE if at == 1 else BILL if at == 4 else {}))), f"s{at}")
    assert screen is not None
    return screen


def go(label: str, target: str, tone: Any = "second") -> Action:
    return Action(label=label, kind="go", target=target, tone=tone)


def screen(*blocks: AnyBlock, key: str = "sample", title: str = "示例", elder: bool = False, **more: Any) -> Screen:
    return Screen(
        key=key, title=title, mode="elder" if elder else "normal", as_of=NOW, blocks=list(blocks), speech="这是示例。", **{**DESK, **more}
    )


def home(*, elder: bool = False) -> Screen:
    visit_now = NowCard(
        key="now",
        tone="waiting",
        title="候诊" if not elder else "等候叫号",
        lead="今天上午 · 呼吸内科",
        value="3",
        unit="位",
        wait="约 10–20 分钟",
        place="门诊楼 3 楼 B 区",
        action=go("看就诊进度", f"/pages/visit/index?id={RUN}", "main"),
        elder=Elder(role="lead", title="您正在排队"),
    )
    tiles = [
        Tile(service="visit", title="就诊记录", status="6 次", action=go("看", "/pages/records/index")),
        Tile(service="pay", title="缴费", status="待缴 ¥48.00", action=go("看", "/pages/orders/index")),
        Tile(service="msg", title="消息", status="2 条新的", action=go("看", "/pages/inbox/index")),
        Tile(service="gd", title="就医指引", status="报到、取药", action=go("看", "/pages/guide/index?slug=medicine")),
    ]
    bar = PatientBar(key="who", name="王*", relation="本人", card="**3821", switch=go("换就诊人", "/pages/me/index"))
    notice = Notice(key="news", tone="waiting", text="陈*医生 25 日下午停诊，已通知约诊患者", elder=Elder(role="drop"))
    return screen(bar, visit_now, Tiles(key="tiles", items=tiles), notice, key="home", title="岭海医院", elder=elder)


def guide(*, elder: bool = False) -> Screen:
    parts = [
        RichPart(kind="station", items=["空腹来", "抽血", "按 5 分钟"]),
        RichPart(kind="text", text="早上先别吃东西。可以喝少量白水。长期吃的药，请先问医生。"),
        RichPart(kind="heading", text="按这个顺序"),
        RichPart(kind="numbered", items=["缴费后直接去，不用再取号", "门诊楼 2 楼采血处", "抽完按住 5 分钟，不要揉"]),
        RichPart(kind="faq", title="糖尿病人能空腹吗？", text="先问医生，带上糖果。"),
    ]
    return screen(RichText(key="body", parts=parts, elder=Elder(role="lead")), key="page:medicine", title="抽血前后要注意", elder=elder)


def every_block(*, elder: bool = False) -> Screen:
    """One of each, with long words and large sums."""
    act = Action(label="报到取号", kind="act", target="/visits/V1/steps/s0/answer", tone="main", body={"action": "take_number"})
    long = "国际医疗部多学科联合会诊中心第二门诊(需提前预约)"
    nodes = [
        RouteNode(
            key=state,
            state=state,
            title=f"一步{number}",
            note="说明",
            optional="视情况" if state == "maybe" else "",
            time=NOW if state == "done" else None,
        )  # type: ignore[arg-type]
        for number, state in enumerate(["done", "done", "now", "waiting", "trouble", "unknown", "skipped", "cancelled", "future", "maybe"])
    ]
    fields = [
        FormField(name="name", label="姓名", kind="name", hint="和就诊卡上的一样"),
        FormField(
            name="kind", label="证件类型", kind="select", options=[Option(value="a", label="居民身份证"), Option(value="b", label="护照")]
        ),
        FormField(name="born", label="出生日期", kind="date"),
        FormField(name="phone", label="手机号", kind="phone", required=False),
    ]
    blocks: list[AnyBlock] = [
        Stepper(key="stepper", index=3, labels=["报到", "候诊", "就诊", "缴费", "取药", "评价", "复诊", "随访", "结束"]),
        PatientBar(key="who", name="Müller-Hoff*", relation="配偶", card="**3821", switch=go("换就诊人", "/pages/me/index")),
        NowCard(
            key="now",
            title=long,
            lead="请先看完这一页",
            value="42,672.50",
            unit="元",
            caution="先别吃东西，抽完再吃",
            place="医技楼 1 楼影像中心 CT 2 室",
            action=act,
        ),
        NowCard(key="now2", tone="trouble", title="工作人员正在处理", lead="有问题请联系门诊导诊台"),
        Place(
            key="place",
            campus="本部院区",
            building="门诊楼",
            floor="3 楼",
            room="B 区 5 诊室",
            hint="乘 2 号梯上 3 楼，出门左转",
            navigate=Action(label="怎么走", kind="nav", target="113.3,23.1,门诊楼"),
        ),
        Route(key="route", nodes=nodes, step=3, total=10),
        Ticket(key="ticket", number="A012", ahead=3, minutes_low=10, minutes_high=20, as_of=NOW),
        Ticket(key="called", number="A012", ahead=0, as_of=NOW, called=True, room="5 诊室"),
        Fence(key="fence", limit=500, campus="本部院区"),
        Fence(key="fence-in", limit=500, distance=120, inside=True, accuracy=30),
        Fence(key="fence-out", limit=500, distance=6200, inside=False, accuracy=30),
        EntityCard(
            key="thing",
            title=long,
            lines=["陈*医生 · 今天 09:45 开单", "检查 1 项、检验 3 项"],
            badge="今天 24:00 失效",
            tone="waiting",
            icon="pay",
            amount=123456789,
            action=go("看明细", "/pages/orders/index"),
        ),
        RowList(
            key="rows",
            title="去哪里",
            rows=[
                Row(title="到导诊台报到", note=long, icon="visit", value="已绑定", tone="good", time=NOW, unread=True, action=act),
                Row(title="退款", amount=-4800, icon="pay"),
            ],
        ),
        Tiles(
            key="tiles",
            items=[
                Tile(service=service, title="住院服务", status="登记、预交金", action=act)
                for service in ("lab", "img", "rx", "bed", "rep", "tx")
            ],
        ),
        Facts(
            key="facts",
            title="报到的号",
            pairs=[Pair(label="科室", value=long), Pair(label="时间", time=NOW), Pair(label="金额", amount=1864237)],
        ),
        Amount(
            key="amount",
            total=451280,
            due=99999999,
            deadline=NOW,
            tenders=[
                Tender(kind="fund", title="医保统筹", amount=18260),
                Tender(kind="account", title="个人账户", amount=8390),
                Tender(kind="cash", title="自费", amount=6000),
            ],
        ),
        ItemLines(
            key="lines",
            title="收费明细",
            groups=[ItemGroup(title="检查", items=[Item(name="呼吸道病原体核酸", note="乙类 · 先自付 10%", quantity="1 次", amount=7700)])],
        ),
        Choice(
            key="choice",
            title="怎么付",
            name="channel",
            options=[Option(value="wechat", label="微信支付", note="零钱、银行卡"), Option(value="family", label="请家人付")],
            value="wechat",
            target="/choose",
        ),
        Form(key="form", fields=fields, consent="我同意医院用这些资料核对就诊卡。", submit=act),
        *[
            Notice(key=f"notice-{tone}", tone=tone, title="", text="快轮到时这里会提醒您。", action=act if tone == "insurance" else None)
            for tone in ("plain", "now", "waiting", "good", "trouble", "unknown", "insurance")
        ],
        *[
            Result(
                key=f"result-{outcome}",
                outcome=outcome,
                title="没有缴成",
                money_sentence="没有扣您的钱。",
                reason="可以重新缴费，或到收费窗口办理。",
                code="H5-2207",
            )
            for outcome in ("good", "unknown", "failed", "empty")
        ],
        RichText(key="prose", parts=[*guide().blocks[0].parts, RichPart(kind="picture", url="/none.png", alt="采血处门口")]),  # type: ignore[union-attr]
        Code(key="code", payload="V20261124000001", note="给窗口或自助机扫，姓名不显示", valid_until=NOW + timedelta(hours=4)),
        ActionBar(
            key="bar",
            main=act,
            second=Action(label="导诊台", kind="call", target="020-00000000"),
            link=go("换个就诊人看看", "/pages/me/index"),
            sum=32650,
        ),
    ]
    return screen(*blocks, key="every", title="每一种", elder=elder)


def at_result(at: int, *, elder: bool = False, **more: Any) -> Screen:
    """The payment step after the cashier."""
    state = more.pop("state", "now")
    base = chain(at, elder=elder, **{**BILL, **more})
    stations = [
        stop if number != at else Stop(type=stop.type, scene=replace(stop.scene, state=state)) for number, stop in enumerate(base.stations)
    ]  # type: ignore[union-attr, arg-type]
    found = screens.step(replace(base, stations=tuple(stations)), f"s{at}")
    assert found is not None
    return found
