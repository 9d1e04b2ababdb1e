"""首页: whose card, the visit under way as the one thing now, and the ways to everything else."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from core import clock
from core.money import Fen, yuan
from core.screen import Action, AnyBlock, Elder, Notice, NowCard, PatientBar, Poll, Row, RowList, Screen, Stepper, Tile, Tiles
from flows import errands, queries, screens
from flows.screens import Chain, Stop
from messaging import queries as messages
from patients import queries as patients
from patients.models import Account, Membership
from payments import queries as payments

BIND = Action(label="绑定就诊卡", kind="go", target="/pages/card/index", tone="main")


def home(account: Account, *, elder: bool) -> Screen:
    """Opening it also fetches today's appointments; a silent HIS leaves what is known."""
    people = patients.patients_of(account)
    if not people:
        return framed([welcome()], elder=elder, speech="请先绑定就诊卡。")
    chains = queries.chains(errands.open_today(account), account, elder=elder)
    under_way = [chain for chain in chains if not chain.ended]
    blocks: list[AnyBlock] = [patient_bar(people), *(block for chain in under_way for block in visit(chain))]
    if not under_way:
        blocks.append(nothing_today())
    if over := [chain for chain in chains if chain.ended]:
        blocks.append(RowList(key="over", title="今天看完的", rows=[ended(chain) for chain in over], elder=Elder(role="more")))
    blocks.append(tiles(people, elder=elder))
    return framed(blocks, elder=elder, speech=speech(under_way), poll=Poll(after=15 if under_way else 60))


def framed(blocks: Sequence[AnyBlock], *, elder: bool, speech: str, poll: Poll | None = None) -> Screen:
    return Screen(
        key="home",
        title=settings.HOSPITAL_NAME,
        mode="elder" if elder else "normal",
        as_of=clock.now(),
        speech=speech,
        blocks=list(blocks),
        poll=poll,
        desk_phone=settings.DESK_PHONE,
        desk_name=settings.DESK_NAME,
    )


def welcome() -> NowCard:
    lead = "绑定后可以报到、看排队、缴费。没有就诊卡，请带证件到导诊台办一张。"
    return NowCard(key="bind", title="先绑定就诊卡", lead=lead, action=BIND, elder=Elder(role="lead", text="绑定后就能用手机报到、缴费"))


def patient_bar(people: Sequence[Membership]) -> PatientBar:
    first = people[0]
    another = Action(label="就诊人", kind="go", target="/pages/me/index", tone="link")
    return PatientBar(
        key="patient",
        name=first.patient.name.masked,
        relation=first.relation_text,
        card=first.patient.card.masked,
        switch=another,
        elder=Elder(role="support"),
    )


def visit(chain: Chain) -> list[AnyBlock]:
    """The visit under way: what now, and the chain as a line of dots."""
    every = screens.stops(chain.stations)
    live = next((number for number, stop in enumerate(every) if stop.scene.state in screens.LIVE), None)
    dots = Stepper(
        key=f"line-{chain.run}",
        index=0 if live is None else live + 1,
        labels=[stop.scene.title for stop in every],
        elder=Elder(role="drop"),
    )
    return [card(chain, None if live is None else every[live]), dots]


def card(chain: Chain, stop: Stop | None) -> NowCard:
    """The chain's own now card, with one button: the visit page."""
    look = Action(
        label="看我该做什么" if chain.elder else "看就诊进度", kind="go", target=f"/pages/visit/index?id={chain.run}", tone="main"
    )
    title = "　".join(part for part in (chain.department, chain.patient) if part)
    if stop is None:
        return NowCard(key=f"visit-{chain.run}", title=title, lead="正在更新进度", action=look, elder=Elder(role="lead"))
    now = screens.now_card(chain, stop)
    lead = f"现在：{now.title}。{now.lead}" if now.lead else f"现在：{now.title}"
    words = Elder(role="lead", title=now.elder.title, text=now.elder.text)
    return now.model_copy(update={"key": f"visit-{chain.run}", "title": title, "lead": lead, "action": look, "elder": words})


def nothing_today() -> Notice:
    text = "今天没有要来看的号。有预约的话，就诊当天会自动出现在这里；刚在窗口挂的号，几分钟内出现。"
    return Notice(key="nothing", title="今天没有就诊", text=text, elder=Elder(role="lead", text="今天没有要看的号。有疑问请问导诊台。"))


def ended(chain: Chain) -> Row:
    look = Action(label="看经过", kind="go", target=f"/pages/visit/index?id={chain.run}", tone="link")
    return Row(
        title=chain.department,
        note="　".join(part for part in (chain.patient, chain.doctor) if part),
        time=chain.starts,
        icon="visit",
        action=look,
    )


def tiles(people: Sequence[Membership], *, elder: bool) -> Tiles:
    numbers = [row.patient.number for row in people]
    due = payments.awaiting(numbers)
    unread = sum(messages.unread(number) for number in numbers)
    waiting = f"待缴 ¥{yuan(Fen(due))}" if due else ""
    items = [
        tile("pay", "交费" if elder else "缴费", waiting, "/pages/orders/index"),
        tile("msg", "消息", f"{unread} 条没看" if unread else "", "/pages/inbox/index"),
        tile("visit", "看过的病" if elder else "就诊记录", "", "/pages/records/index"),
        tile("gd", "怎么报到" if elder else "报到指引", "", "/pages/guide/index?slug=check-in"),
    ]
    return Tiles(key="tiles", items=items, elder=Elder(role="support"))


def tile(service: str, title: str, status: str, target: str) -> Tile:
    return Tile.model_validate(
        {"service": service, "title": title, "status": status, "action": {"label": title, "kind": "go", "target": target}}
    )


def speech(under_way: Sequence[Chain]) -> str:
    if not under_way:
        return "今天没有要来看的号。"
    chain = under_way[0]
    live = [stop for stop in screens.stops(chain.stations) if stop.scene.state in screens.LIVE]
    return f"{chain.department}。{screens.speech(chain, live)}"
