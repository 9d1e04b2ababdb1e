"""Flows to begin with: trees that pass the proof and are sound about money. Data only; staff change the copy, never this."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def step(key: str, title: str, family: str, *, ports: Json | None = None, **settings: Any) -> Json:
    return {"kind": "step", "key": key, "title": title, "type": f"{family}@1", "settings": settings, "ports": ports or {}}


def message(key: str, subject: str, body: str) -> Json:
    return step(key, subject, "message", subject=subject, body=body)


def leave(key: str, of: str) -> Json:
    """End the scope, and take back what was finished inside."""
    return {"kind": "leave", "key": key, "of": of, "undo": True}


def ended(key: str, outcome: str) -> Json:
    return {"fact": f"{key}.outcome", "op": "is", "value": outcome}


def outpatient() -> Json:
    """门诊就诊: check-in, queue, doctor, bill, payment, medicine. Money without medicine goes back or to the desk."""
    return {
        "schema": 1,
        "code": "outpatient",
        "title": "门诊就诊",
        "body": [
            {
                "kind": "scope", "key": "onsite", "title": "看医生", "body": [arrive(), queue(), consult(), settle()],
                "interrupts": [
                    {"key": "patient_cancels", "title": "患者取消就诊", "on": "visit.cancelled", "undo": True, "body": [
                        message("told_cancelled", "就诊已取消", "这次就诊已取消。已付的费用会按原路退回，到账时间以微信通知为准。")]},
                    {"key": "appointment_withdrawn", "title": "预约已退", "on": "appointment.withdrawn", "undo": True, "body": [
                        message("told_withdrawn", "预约已退号", "医院已为您退号。还想就诊请重新预约，或到导诊台办理。")]},
                ],
            }
        ],
        "interrupts": [{"key": "day_over", "title": "当天结束", "on": "visit.day_over", "undo": True, "body": []}],
    }  # fmt: skip


def arrive() -> Json:
    at_desk = "请到门诊导诊台，告诉工作人员就诊卡后四位，当面报到。"
    texts = {"now_text": "到院后报到取号，报到后才会叫您", "elder_text": "到了医院，点这里报到"}
    missed = message("told_missed", "今天没有报到", "您今天没有报到，这次预约已过时间。还想就诊请重新预约。")
    return step("arrive", "报到", "checkin", by_position=True, **texts, ports={
        "too_far": [message("told_too_far", "请到导诊台报到", at_desk)],
        "late": [message("told_late", "您来晚了一些", "请先到门诊导诊台，工作人员会安排您排队。")],
        "missed": [missed, leave("no_show", "onsite")],
    })  # fmt: skip


def queue() -> Json:
    passed = message("told_passed", "您已过号", "叫到您时您不在。请到门诊导诊台，工作人员会帮您重新排队。")
    return {
        "kind": "repeat", "key": "queue", "title": "排队", "at_most": 3, "until": ended("wait", "called"),
        "body": [step("wait", "候诊", "waiting", elder_text="请坐着等，叫到您再进去", ports={"passed": [passed]})],
        "exhausted": [message("told_gone", "多次过号", "您已多次过号，今天的排队已结束。请到门诊导诊台办理。"), leave("gone", "onsite")],
    }  # fmt: skip


def consult() -> Json:
    missed = message("told_unseen", "今天没有看成", "医生没有等到您。还想就诊请到门诊导诊台办理。")
    return step("consult", "就诊", "consultation", elder_text="进诊室看医生", ports={"missed": [missed, leave("unseen", "onsite")]})


def settle() -> Json:
    """Bill, payment, medicine in a scope of their own: what is taken back here never touches check-in and doctor."""
    no_medicine = {
        "out_of_stock": [
            message("told_no_stock", "药房暂时缺药", "这次的药费会按原路退回。请回诊室请医生换药。"),
            leave("no_stock", "settle"),
        ],
        "not_collected": [
            message("told_not_collected", "药没有取走", "药没有在期限内取走，药费会按原路退回或由收费处联系您。"),
            leave("uncollected", "settle"),
        ],
    }
    medicine = [
        step("medicine_guide", "取药须知", "guide", page="medicine", now_text="请看取药须知", done_text="点开可看怎么取药"),
        step("pharmacy", "取药", "pharmacy", elder_text="拿上就诊卡，去窗口取药", ports=no_medicine),
        message("told_done", "就诊完成", "这次就诊已全部办完。请按医生和药师说的用药，不舒服请及时来院。"),
    ]
    return {
        "kind": "scope", "key": "settle", "title": "缴费取药", "interrupts": [],
        "body": [paying(), {
            "kind": "branch", "key": "has_medicine", "title": "要不要取药", "otherwise": [],
            "cases": [{"key": "with_medicine", "title": "有费用，要取药", "when": ended("bill", "issued"), "body": medicine}],
        }],
    }  # fmt: skip


def paying() -> Json:
    """A changed or expired bill is asked for anew: three rounds, then the window."""
    unpaid: Json = {"expired": [], "failed": [], "bill_changed": [], "nothing_due": []}
    pay = step(
        "pay",
        "缴费",
        "payment",
        ports=unpaid,
        desk="收费处",
        elder_text="用微信付钱，付一次就够",
        **{"for": ["pharmacy"], "amount_of": "bill"},
    )
    told = message("told_unpaid", "费用还没有缴", "手机上没有缴成，没有扣您的钱。请到收费窗口缴费，再去取药。")
    settled = {"fact": "pay.outcome", "op": "in", "value": ["paid", "nothing_due"]}
    return {
        "kind": "repeat", "key": "paying", "title": "缴费", "at_most": 3, "until": {"any": [ended("bill", "none"), settled]},
        "body": [step("bill", "算费用", "bill", ports={"none": []}), {
            "kind": "branch", "key": "has_bill", "title": "有没有费用", "otherwise": [],
            "cases": [{"key": "with_bill", "title": "有费用", "when": ended("bill", "issued"), "body": [pay]}],
        }],
        "exhausted": [told, leave("unpaid", "settle")],
    }  # fmt: skip
