"""More flows to begin with: return visit, emergency, vaccination, health check. Each passes the proof; staff change the copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows.patterns import Json, arrive, consult, ended, leave, message, outpatient, queue, settle, step

CANCELLED, WITHDRAWN, DAY_OVER = "visit.cancelled", "appointment.withdrawn", "visit.day_over"


def flow(code: str, title: str, body: list[Json]) -> Json:
    """One scope that the patient may cancel and HIS may withdraw, ended with its day."""
    back = "已付的费用会按原路退回，到账时间以微信通知为准。"
    told = message("told_cancelled", f"{title}已取消", f"这次{title}已取消。{back}")
    gone = message("told_withdrawn", "预约已退号", "医院已为您退号。还想来请重新预约，或到导诊台办理。")
    return {
        "schema": 1, "code": code, "title": title,
        "body": [{"kind": "scope", "key": "onsite", "title": title, "body": body, "interrupts": [
            {"key": "patient_cancels", "title": "患者取消就诊", "on": CANCELLED, "undo": True, "body": [told]},
            {"key": "appointment_withdrawn", "title": "预约已退", "on": WITHDRAWN, "undo": True, "body": [gone]},
        ]}],
        "interrupts": [{"key": "day_over", "title": "当天结束", "on": DAY_OVER, "undo": True, "body": []}],
    }  # fmt: skip


def branch(key: str, title: str, cases: list[Json]) -> Json:
    """With nothing to do in every other case."""
    return {"kind": "branch", "key": key, "title": title, "cases": cases, "otherwise": []}


def case(key: str, title: str, when: Json, body: list[Json]) -> Json:
    return {"key": key, "title": title, "when": when, "body": body}


def known(fact: str, op: str, value: Any) -> Json:
    """True only when the fact is known: what nobody answered is another case."""
    return {"all": [{"fact": fact, "op": "known"}, {"fact": fact, "op": op, "value": value}]}


def pay(*, services: list[str], title: str = "缴费") -> Json:
    """One try: whoever does not pay leaves, and nothing was taken. A bill of nothing goes on."""
    ports: Json = {"nothing_due": []}
    for outcome, subject in {"expired": "费用还没有缴", "failed": "没有缴成", "bill_changed": "费用有变动"}.items():
        told = message(f"told_{outcome}", subject, "没有扣您的钱。请到收费窗口办理。")
        ports[outcome] = [told, leave(f"left_{outcome}", "onsite")]
    return step("pay", title, "payment", ports=ports, desk="收费处", **{"for": services, "amount_of": "bill"})


# 复诊


def return_visit() -> Json:
    """复诊: what a returning patient brings, then as any visit; a chronic one is told where prescriptions are renewed."""
    bring = message("bring", "复诊要带什么", "请带上上次的病历、检查报告和正在吃的药。")
    chronic = case("renewal", "慢病续方", {"fact": "visit.kind", "op": "is", "value": "chronic"}, [
        message("told_renewal", "慢病续方", "只开药不看病的，请告诉医生“续方”，看完就能缴费取药。")])  # fmt: skip
    return flow("return_visit", "复诊", [bring, arrive(), branch("why", "来做什么", [chronic]), queue(), consult(), settle()])


# 急诊


LEVELS = ["一级 濒危", "二级 危重", "三级 急症", "四级 非急症"]


def emergency() -> Json:
    """急诊: triage by a nurse, who decides whether to wait; treatment first, money afterwards."""
    urgent = case("at_once", "马上抢救", known("triage.level", "in", LEVELS[:2]), [
        message("told_at_once", "马上为您处理", "请跟护士去抢救室，不用排队，费用以后再缴。")])  # fmt: skip
    waits = {**branch("how_urgent", "急不急", [urgent]), "otherwise": [queue()]}
    return flow("emergency", "急诊", [triage(), waits, consult(), settle()])


def triage() -> Json:
    texts = {"now_text": "护士正在给您分诊，不舒服马上说", "elder_text": "护士马上来看您", "what": "请分诊。一级、二级马上送抢救室。"}
    elsewhere = message("told_elsewhere", "请到门诊就诊", "护士认为不用看急诊，请到门诊挂号。")
    level = {"key": "level", "title": "分诊级别", "kind": "enum", "options": LEVELS}
    return step(
        "triage", "分诊", "task", ports={"rejected": [elsewhere, leave("not_urgent", "onsite")]}, role="导诊", fields=[level], **texts
    )


# 接种


def vaccination() -> Json:
    """接种: questions first; whoever is unwell is sent home before a bill is made. The vaccine is what is paid for."""
    paid = case("with_bill", "有费用", ended("bill", "issued"), [pay(services=["vaccine"]), vaccine("vaccine", "领疫苗")])
    way = {**branch("has_bill", "有没有费用", [paid]), "otherwise": [vaccine("free_vaccine", "领免费疫苗")]}
    bill = step("bill", "算费用", "bill", ports={"none": []})
    return flow("vaccination", "接种", [arrive(), ask(), fit(), queue(), examined(), bill, way, shot(), watched()])


def ask() -> Json:
    questions = [{"key": "fever", "title": "今天发烧吗", "kind": "bool"}, {"key": "allergy", "title": "以前打疫苗过敏吗", "kind": "bool"}]
    unanswered: Json = {"declined": [], "unanswered": []}  # the doctor asks again
    return step("ask", "健康询问", "form", fields=questions, elder_text="请回答两个问题", ports=unanswered)


def fit() -> Json:
    unwell = {"any": [known("ask.fever", "is", True), known("ask.allergy", "is", True)]}
    told = message("told_not_today", "今天先不打", "您有不适合接种的情况。请先问预检医生，好了再预约。")
    return branch("fit", "能不能打", [case("unwell", "不适合", unwell, [told, leave("not_today", "onsite")])])


def examined() -> Json:
    told = message("told_unseen", "没有看预检医生", "没有经过预检医生，今天不能接种。还想接种请到导诊台。")
    ports: Json = {"missed": [told, leave("unseen", "onsite")]}
    return step("consult", "预检", "consultation", now_text="请到预检室，医生问几句就好", ports=ports)


def vaccine(key: str, title: str) -> Json:
    """Not handed out: what was paid goes back."""
    told = message(f"{key}_none", "疫苗暂时没有", "付过的费用会按原路退回，有疫苗后请重新预约。")
    late = message(f"{key}_late", "疫苗没有领", "付过的费用会按原路退回，或由收费处联系您。")
    ports = {"out_of_stock": [told, leave(f"{key}_out", "onsite")], "not_collected": [late, leave(f"{key}_left", "onsite")]}
    return step(key, title, "pharmacy", now_text="请到接种台领疫苗", ports=ports)


def shot() -> Json:
    told = message("told_not_given", "没有打成", "没有打成，请听护士安排，费用的事请到收费处。")
    texts = {"now_text": "请到接种台，护士给您打针", "what": "请接种并核对疫苗批号。"}
    return step("shot", "接种", "task", role="导诊", ports={"rejected": [told]}, **texts)


def watched() -> Json:
    stay = step("stay", "留观 30 分钟", "wait", minutes=30, now_text="请在留观区坐 30 分钟，不舒服马上叫护士", elder_text="坐 30 分钟再走")
    done = message("told_done", "接种完成", "这次接种已办完。三天内不要剧烈运动，发烧不退请来院。")
    return branch("was_given", "打了没有", [case("given", "打了", ended("shot", "done"), [stay, done])])


# 体检


ITEMS = {
    "blood": ("抽血", "请抽血并核对条码。"),
    "ultrasound": ("B 超", "请做 B 超。"),
    "chest": ("胸片", "请拍胸片，先问是否怀孕。"),
    "body": ("内外科", "请量血压并做内外科检查。"),
}


def checkup() -> Json:
    """体检: paid first, four items in any order at the same time, the summing up by a doctor is what was paid for."""
    fasting = message("fasting", "体检须知", "抽血和 B 超要空腹：今天早上先不要吃东西，可以喝几口水。")
    no_bill = [message("told_no_bill", "没有查到体检费用", "请到体检前台核对登记。"), leave("no_bill", "onsite")]
    items = [{"key": f"{key}_lane", "title": title, "body": [item(key, title, what)]} for key, (title, what) in ITEMS.items()]
    return flow("checkup", "体检", [
        fasting, arrive(), step("bill", "算费用", "bill", ports={"none": no_bill}), pay(services=["consult"], title="缴体检费"),
        {"kind": "parallel", "key": "items", "title": "体检项目", "lanes": items, "need": "all", "losers": "undo"},
        summed_up(), message("told_done", "体检完成", "体检已办完，请先吃早饭。报告出来后会通知您。")])  # fmt: skip


def item(key: str, title: str, what: str) -> Json:
    skipped = message(f"told_{key}", f"{title}没有做", f"{title}这次没有做，其他项目照常。")
    return step(key, title, "task", role="导诊", what=what, now_text=f"请做{title}，哪项人少先做哪项", ports={"rejected": [skipped]})


def summed_up() -> Json:
    told = message("told_unsummed", "没有做总检", "没有等到您做总检。费用会按原路退回，请到体检前台。")
    ports: Json = {"missed": [told, leave("unsummed", "onsite")]}
    return step("consult", "总检", "consultation", now_text="请到总检室，医生告诉您结果", ports=ports)


PATTERNS: list[tuple[str, str, Callable[[], Json]]] = [
    ("门诊", "报到、候诊、就诊、缴费、取药", outpatient),
    ("复诊", "带上次的病历，慢病可续方", return_visit),
    ("急诊", "先分诊，重的不排队，先看病后缴费", emergency),
    ("接种", "健康询问、预检、领疫苗、接种、留观", vaccination),
    ("体检", "先缴费，四项同时做，最后总检", checkup),
]
"""What a new flow may begin with: title, what is in it, the tree."""
