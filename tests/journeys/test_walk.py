"""*A patient checks in, waits, is seen, pays and collects the medicine*: `make walk`, and what it must notice."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import redis
from running import House

STEPS = ("窗口挂了今天的号", "绑定就诊卡", "手机报到取号", "叫到号", "费用算好", "微信支付付款", "记了账", "取走", "就诊全部完成")


@pytest.mark.slow
def test_the_whole_visit_and_three_equal_books(house: House) -> None:
    done = house.walk()
    assert done.returncode == 0, done.stdout + done.stderr
    assert [step for step in STEPS if step not in done.stdout] == []
    sums = re.findall(r"^  (?:我们|HIS|微信) +([\d.]+) 元$", done.stdout, re.M)
    assert len(sums) == 3
    assert len(set(sums)) == 1
    assert float(sums[0]) > 0


@pytest.mark.slow
@pytest.mark.parametrize("partner", ["his", "wechat"])
def test_one_fen_missing_in_a_partners_books_is_noticed(house: House, partner: str) -> None:
    house.control(partner, "faults", books_one_fen_less=True)
    try:
        done = house.walk(WALK_PERSON="li")
    finally:
        house.control(partner, "faults", books_one_fen_less=False)
    assert done.returncode == 1
    assert "三本账不相等" in done.stdout
    assert "就诊全部完成" in done.stdout, "everything but the comparison went well"


def plain_words(house: House) -> list[str]:
    """Names, ID numbers and phones of the whole cast, as the sandbox HIS has them."""
    import requests

    people = requests.get(f"http://127.0.0.1:{house.sandbox_port}/control/cast", timeout=10).json()["people"]
    return [
        person[name] for person in people if person["role"] != "staff" for name in ("name", "id_no", "phone", "card_no") if person.get(name)
    ]


@pytest.mark.slow
def test_nothing_plain_is_left_anywhere(house: House, tmp_path: Path) -> None:
    """After walks: database, cache, broker, logs and files hold no plain name, number or phone outside the sandbox's folder."""
    assert house.walk().returncode == 0
    words = [word.encode() for word in plain_words(house)]
    assert len(words) > 12
    dump = subprocess.run(["pg_dump", "--no-owner", house.environment["DATABASE_URL"]], capture_output=True, check=True).stdout
    assert b"O1" in dump, "the dump holds the orders"
    assert [word.decode() for word in words if word in dump] == []
    cache = redis.Redis.from_url(house.environment["REDIS_URL"])
    kept = b"\n".join(value_of(cache, key) for key in cache.keys("*"))
    assert [word.decode() for word in words if word in kept] == []
    files = [path for path in house.folder.rglob("*") if path.is_file() and (house.folder / "sandbox") not in path.parents]
    assert any(path.name == "web" for path in files)
    assert [str(path) for path in files if any(word in path.read_bytes() for word in words)] == []


def value_of(cache: redis.Redis, key: bytes) -> bytes:
    kind = cache.type(key)
    if kind == b"string":
        return key + b"=" + (cache.get(key) or b"")
    if kind == b"list":
        return key + b"=" + b"\n".join(cache.lrange(key, 0, -1))
    if kind == b"hash":
        return key + b"=" + b"\n".join(item for pair in cache.hgetall(key).items() for item in pair)
    if kind == b"set":
        return key + b"=" + b"\n".join(cache.smembers(key))
    return key + b"=" + (cache.dump(key) or b"")


def test_the_search_would_find_a_plain_name(house: House) -> None:
    (house.folder / "log" / "planted").write_text(plain_words(house)[0], encoding="utf-8")
    try:
        words = [word.encode() for word in plain_words(house)]
        assert any(word in (house.folder / "log" / "planted").read_bytes() for word in words)
    finally:
        os.remove(house.folder / "log" / "planted")
