"""One partner's books: an SQLite file with WAL. Reads are free, writes are one at a time."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]
COMMON = """
create table if not exists counter (name text primary key, value integer not null);
create table if not exists fault (name text primary key, value text not null);
create table if not exists nonce (value text primary key, at integer not null);
create table if not exists seen (
    id integer primary key autoincrement, at text, method text, path text, status integer, ms integer, body text, note text);
"""
KEPT = ("counter",)
"""What `fresh` keeps: numbers go on counting, so that no number is ever given out twice."""


class Store:
    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self.writing = threading.RLock()
        self.mine = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.writing:
            self.connection.executescript(COMMON + schema)
        path.chmod(0o600)

    @property
    def connection(self) -> sqlite3.Connection:
        """The calling thread's own connection."""
        found: sqlite3.Connection | None = getattr(self.mine, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=20, isolation_level=None)
            found.row_factory = lambda cursor, row: {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
            found.execute("pragma journal_mode=wal")
            found.execute("pragma synchronous=normal")
            self.mine.connection = found
        return found

    def rows(self, sql: str, *values: Any) -> list[Row]:
        found: list[Row] = self.connection.execute(sql, values).fetchall()
        return found

    def row(self, sql: str, *values: Any) -> Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def run(self, sql: str, *values: Any) -> int:
        """Change rows; returns how many."""
        with self.writing:
            return self.connection.execute(sql, values).rowcount

    def add(self, table: str, **columns: Any) -> None:
        marks = ", ".join("?" * len(columns))
        self.run(f"insert into {table} ({', '.join(columns)}) values ({marks})", *columns.values())

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction; inside another it is part of that one."""
        with self.writing:
            if self.connection.in_transaction:
                yield
                return
            self.connection.execute("begin immediate")
            try:
                yield
            except BaseException:
                self.connection.execute("rollback")
                raise
            self.connection.execute("commit")

    def next(self, name: str) -> int:
        with self.change():
            self.run("insert into counter values (?, 1) on conflict (name) do update set value = value + 1", name)
            found = self.row("select value from counter where name = ?", name)
        return int(found["value"]) if found else 0

    def empty(self) -> None:
        with self.change():
            for table in self.rows("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"):
                if table["name"] not in KEPT:
                    self.run(f"delete from {table['name']}")
            self.run("delete from counter where name like 'ticket-%'")

    def use_once(self, nonce: str, at: int) -> bool:
        """Note a nonce; False when it was seen before."""
        with self.change():
            self.run("delete from nonce where at < ?", at - 3600)
            return self.run("insert or ignore into nonce values (?, ?)", nonce, at) == 1


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
