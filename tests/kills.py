"""`make kills RUNS=10 SEED=1`: web and worker are killed (-9) at random moments while patients walk; then everything must have ended well.

Every order ends paid-and-booked, refunded or closed; the ledger balances and equals the channel's and the HIS's books; no step is done
twice; no news is lost. The seed decides who is killed when. Run through `tests/services.py`.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg2
import requests
import running
from running import House

RUNS, SEED = int(os.environ.get("RUNS", "10")), int(os.environ.get("SEED", "1"))
WALKERS = ("wang", "li", "zhao", "zhou")
AT_ONCE = 2
SETTLED_WITHIN = 240
ENDED_WELL = ("booked", "closed", "refunded")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Killer(threading.Thread):
    """Kills one part, lets it lie a moment, starts it again; as long as patients walk."""

    def __init__(self, house: House, dice: random.Random) -> None:
        super().__init__(daemon=True)
        self.house, self.dice, self.over, self.kills = house, dice, threading.Event(), {"web": 0, "worker": 0}

    def run(self) -> None:
        while not self.over.wait(self.dice.uniform(1.0, 5.0)):
            part = self.dice.choice(("web", "worker"))
            self.house.kill(part)
            time.sleep(self.dice.uniform(0.0, 1.5))
            self.house.start(part)
            self.kills[part] += 1
            self.house.until(30, self.house.answers)


def ask(house: House, sql: str) -> list[tuple[Any, ...]]:
    with psycopg2.connect(house.environment["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def unsettled(house: House) -> list[tuple[Any, ...]]:
    waiting = ask(house, "select 'news', id::text, state from core_delivery where state <> 'done'")
    return waiting + ask(house, f"select 'order', number, state from payments_order where state not in {ENDED_WELL}")


def books(house: House, partner: str) -> dict[str, Any]:
    port = house.sandbox_port + (partner == "wechat")
    found: dict[str, Any] = requests.get(f"http://127.0.0.1:{port}/control/books", timeout=20).json()
    return found


def wrong(house: House) -> list[str]:
    """Everything that did not end well, in words."""
    found = [f"没有落定：{row}" for row in unsettled(house)]
    lopsided = ask(house, "select transaction_id, sum(amount) from payments_posting group by transaction_id having sum(amount) <> 0")
    found += [f"分录不平：{row}" for row in lopsided]
    twice = ask(house, "select run_id, key, count(*) from flows_step where state = 'done' group by run_id, key having count(*) > 1")
    found += [f"一步办了两次：{row}" for row in twice]
    ours = int(ask(house, "select coalesce(sum(amount), 0) from payments_posting where account like 'channel:%'")[0][0])
    his, channel = books(house, "his"), books(house, "wechat")
    if not ours == his["sum_fen"] == channel["sum_fen"]:
        found.append(f"三本账不相等：我们 {ours}，HIS {his['sum_fen']}，微信 {channel['sum_fen']}（分）")
    settled = [row["bill"] for row in his["rows"] if row["kind"] == "settle"]
    found += [f"HIS 记了两次账：{bill}" for bill in set(settled) if settled.count(bill) > 1]
    return found


def kills(folder: Path) -> int:
    dice = random.Random(SEED)
    with running.house(folder, database="kills", queue=2) as house:
        killer = Killer(house, dice)
        killer.start()
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            done = list(crowd.map(lambda number: house.walk(WALK_PERSON=WALKERS[number % len(WALKERS)], WALK_PATIENCE="150"), range(RUNS)))
        killer.over.set()
        killer.join()
        say(f"{RUNS} 次就诊，杀了网页 {killer.kills['web']} 次、后台任务 {killer.kills['worker']} 次，等一切落定 …")
        house.until(SETTLED_WITHIN, lambda: not unsettled(house))
        found = wrong(house)
        stopped = [one.stdout[-300:] + one.stderr[-300:] for one in done if "就诊全部完成" not in one.stdout]
    for line in found + [f"没有走完：{text}" for text in stopped]:
        say(line)
    say("每张订单都落定，账平，没有一步办两次。" if not found and not stopped else "没有通过。")
    say(f"{RUNS - len(stopped)} passed, {len(found) + len(stopped)} failed")
    return 1 if found or stopped else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="yicheng-kills-") as name:
        sys.exit(kills(Path(name)))
