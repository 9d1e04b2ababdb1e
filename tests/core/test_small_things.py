"""Money, numbers, errors, masks, limits, the hospital's day."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core import clock, limits, masking, money, numbers
from core.errors import Conflict, PartnerRefused, PartnerUnclear, TooMany, code_of
from core.money import Fen, NotMoney


@pytest.mark.parametrize(
    ("fen", "text"), [(123450, "1,234.50"), (5, "0.05"), (0, "0.00"), (-123, "-1.23"), (100_000_000_00, "100,000,000.00")]
)
def test_yuan(fen: int, text: str) -> None:
    assert money.yuan(Fen(fen)) == text


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_yuan_read_again_is_the_same_money(fen: int) -> None:
    assert money.fen_from_yuan(money.yuan(Fen(fen)).replace(",", "")) == fen


@pytest.mark.parametrize(("text", "fen"), [("12.50", 1250), ("12.5", 1250), ("12", 1200), ("0.010", 1), ("-3.07", -307)])
def test_fen_from_yuan(text: str, fen: int) -> None:
    assert money.fen_from_yuan(text) == fen


@pytest.mark.parametrize("text", ["0.001", "1.005", "", ".", "1e3", "１２", "12,50", "NaN", "1.", "+1", "1 2"])
def test_what_is_not_exactly_money_is_refused(text: str) -> None:
    with pytest.raises(NotMoney):
        money.fen_from_yuan(text)


def test_numbers_are_unique_sortable_and_fit_every_channel() -> None:
    with ThreadPoolExecutor(8) as threads:
        minted = list(threads.map(lambda _: numbers.mint("R"), range(5000)))
    assert len(set(minted)) == 5000
    assert all(re.fullmatch(r"R[0-9A-Z]{24}", number) for number in minted)
    assert len(numbers.mint("12345678")) == 32
    assert numbers.mint("R") < numbers.mint("S")
    alone = [numbers.mint("") for _ in range(3)]
    assert [number[:11] for number in alone] == sorted(number[:11] for number in alone)


@pytest.mark.parametrize("prefix", ["123456789", "é", "a b"])
def test_a_prefix_that_no_channel_takes_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        numbers.mint(prefix)


class SlotTaken(Conflict):
    title = "号源 {slot} 已被约走"
    detail = "还剩 {left}{missing}"
    remedy = "请另选时间。"


def test_a_problem_says_what_is_the_case() -> None:
    room = SlotTaken.__module__.split(".")[0]
    assert SlotTaken(slot="S1", left=2).as_problem() == {
        "type": "about:blank", "code": f"{room}.slot_taken", "title": "号源 S1 已被约走", "detail": "还剩 2", "remedy": "请另选时间。",
        "status": 409, "facts": {"slot": "S1", "left": 2},
    }  # fmt: skip
    assert str(SlotTaken(slot="S1")) == f"{room}.slot_taken slot=S1"


def test_codes_follow_from_the_class() -> None:
    assert PartnerUnclear("his").code == "core.partner_unclear"
    assert code_of(type("HISDown", (Exception,), {"__module__": "care.errors"})) == "care.his_down"


def test_the_partners_own_words_go_nowhere() -> None:
    problem = PartnerRefused("his", reason="NO_CARD", message="张三的卡已停用")
    assert problem.status == 503
    assert problem.facts == {"partner": "his", "reason": "NO_CARD"}
    assert "张三" not in str(problem) + repr(problem) + str(problem.as_problem())
    assert problem.message == "张三的卡已停用"


@pytest.mark.parametrize(
    ("kind", "plain", "masked"),
    [
        ("name", "张三", "张*"), ("name", "张三丰", "张*丰"), ("name", "欧阳锋", "欧阳*"), ("name", "欧阳娜娜", "欧阳**"),
        ("name", "张", "*"), ("name", "欧阳", "欧*"),
        ("name", "阿依古丽", "阿**丽"), ("name", "", ""),
        ("id_no", "990000199001011234", "9" + "*" * 16 + "4"), ("id_no", "E12345678", "E*****678"), ("id_no", "123", "****"),
        ("phone", "13800138000", "138****8000"), ("phone", "+86 138 0013 8000", "138****8000"),
        ("phone", "020-81234567", "020****4567"), ("phone", "110", "****"),
        ("card", "C0012345678", "****5678"), ("card", "1234567", "****"), ("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "****eS6o"),
        ("address", "广东省广州市越秀区中山二路1号", "广东省广州市越秀区****"), ("address", "中山二路1号", "****"),
        ("text", "任何内容", "****"),
    ],
)  # fmt: skip
def test_masks(kind: Any, plain: str, masked: str) -> None:
    assert masking.mask(plain, kind) == masked


@given(st.sampled_from(sorted(masking.KINDS)), st.text(min_size=1, max_size=200).filter(str.strip))
def test_a_mask_is_never_the_plain_text(kind: Any, plain: str) -> None:
    masked = masking.mask(plain, kind)
    assert "*" in masked
    assert len(masked) <= 64
    assert masked != plain.strip() or set(masked) == {"*"} or "*" in plain


def test_scrub_masks_what_looks_like_a_person_and_leaves_our_numbers() -> None:
    assert masking.scrub("打 13800138000 或 138-0013-8000") == "打 138****8000 或 138****8000"
    assert masking.scrub("证件 990000199001011234，") == f"证件 9{'*' * 16}4，"
    ours = f"{numbers.mint('P')} 4200001234202611240123456789 20261124 1380013800"
    assert masking.scrub(ours) == ours


def test_limits_count_and_refuse() -> None:
    key = numbers.mint("t")
    assert [limits.allow(key, times=2, seconds=86_400) for _ in range(3)] == [True, True, False]
    assert limits.allow(key + "x", times=2, seconds=86_400)
    with pytest.raises(TooMany):
        limits.demand(key, times=2, seconds=86_400)


def test_threads_share_one_count() -> None:
    key = numbers.mint("t")
    with ThreadPoolExecutor(8) as threads:
        allowed = list(threads.map(lambda _: limits.allow(key, times=7, seconds=86_400), range(40)))
    assert allowed.count(True) == 7


def test_the_day_is_the_hospitals_whatever_the_readers_zone() -> None:
    late = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    with timezone.override("America/New_York"):
        assert clock.day_of(late) == date(2026, 11, 25)
    assert clock.now().tzinfo is not None
