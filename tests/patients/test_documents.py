"""What a document number must look like before anyone is asked about it."""

from __future__ import annotations

import pytest

from patients.documents import identity, resident
from patients.errors import IdNumberWrong, NameMissing, PhoneWrong

STEM = "99010119700101001"
RIGHT = next(f"{STEM}{sign}" for sign in "0123456789X" if resident(f"{STEM}{sign}"))


def checked(**said: str) -> tuple[str, str, str]:
    told = identity(**{"name": "测试甲", "id_type": "resident", "id_no": RIGHT, "phone": "13000000000", **said})
    return told.name, told.id_no, told.phone


def test_the_example_of_the_standard_holds() -> None:
    """The two numbers printed in GB 11643-1999."""
    assert resident("11010519491231002X")
    assert resident("440524188001010014")


def test_exactly_one_check_character_is_right() -> None:
    assert [resident(f"{STEM}{sign}") for sign in "0123456789X"].count(True) == 1


@pytest.mark.parametrize("born", ["19880231", "18790101", "20251301", "00000000"])
def test_a_day_that_never_was_is_refused_though_the_check_is_right(born: str) -> None:
    assert not any(resident(f"990101{born}001{sign}") for sign in "0123456789X")


def test_two_neighbours_exchanged_are_noticed() -> None:
    for place in range(16):
        if RIGHT[place] != RIGHT[place + 1]:
            assert not resident(RIGHT[:place] + RIGHT[place + 1] + RIGHT[place] + RIGHT[place + 2 :])


@pytest.mark.parametrize(
    "number", ["", "1" * 18, RIGHT[:17], RIGHT + "0", RIGHT[:6] + "19880231" + RIGHT[14:], "９" * 18, "99010118790101000X"]
)
def test_what_is_no_resident_number(number: str) -> None:
    with pytest.raises(IdNumberWrong) as caught:
        checked(id_no=number)
    assert (caught.value.status, caught.value.code) == (422, "patients.id_number_wrong")


def test_spelling_is_tidied() -> None:
    assert checked(name=" 测试　甲 ", id_no="11010519491231002x", phone="+86 130-0000-0000") == (
        "测试 甲",
        "11010519491231002X",
        "13000000000",
    )
    assert checked(id_no="１１０１０５１９４９１２３１００２Ｘ")[1] == "11010519491231002X"


@pytest.mark.parametrize(
    ("id_type", "id_no", "right"),
    [
        ("passport", "XS0000017", True), ("passport", "X 123", False), ("passport", "护照12345", False),
        ("hk_macau", "H12345678", True), ("hk_macau", "X12345678", False), ("taiwan", "12345678", True), ("taiwan", "1234567", False),
        ("foreign_residence", "USA123456789012", True), ("foreign_residence", "911124198108030024", True),
            ("foreign_residence", "911124198108030025", False), ("foreign_residence", "11010519491231002X", False), ("driver", "1", False),
    ],
)  # fmt: skip
def test_other_documents(id_type: str, id_no: str, right: bool) -> None:
    if right:
        assert checked(id_type=id_type, id_no=id_no, phone="+1 202 555 0100")[1] == id_no
    else:
        with pytest.raises(IdNumberWrong):
            checked(id_type=id_type, id_no=id_no, phone="13000000000")


@pytest.mark.parametrize("phone", ["", "12", "1300000000", "130000000000", "23000000000", "13o00000000"])
def test_a_phone_that_is_none(phone: str) -> None:
    with pytest.raises(PhoneWrong):
        checked(phone=phone)


@pytest.mark.parametrize("name", ["", "   ", "甲\x00乙"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(NameMissing):
        checked(name=name)


@pytest.mark.parametrize("kind", [IdNumberWrong, NameMissing, PhoneWrong])
def test_each_refusal_says_the_way_out(kind: type[IdNumberWrong]) -> None:
    assert kind.title
    assert kind.remedy.endswith("。")
