"""Empty tables after a test that commits, quickly: only what has rows is emptied, and what migrations put there is put back.

Django's own way truncates every table and makes every permission anew after each such test. Triggers that guard ledger and audit are not
asked: the session plays a replica for the moment.
"""

from __future__ import annotations

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

KEPT = "kept_rows"


def tables(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public' and tablename <> 'django_migrations' order by 1")
        return [row[0] for row in cursor.fetchall()]


def filled(connection: BaseDatabaseWrapper) -> list[str]:
    """The tables that have rows."""
    asks = " union all ".join(f"select '{name}' where exists (select 1 from \"{name}\")" for name in tables(connection))
    with connection.cursor() as cursor:
        cursor.execute(asks)
        return [row[0] for row in cursor.fetchall()]


def remember() -> None:
    """Keep a copy of every row that migrations made."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists {KEPT} cascade; create schema {KEPT}")
        for name in filled(connection):
            cursor.execute(f'create table {KEPT}."{name}" as table "{name}"')


def restore() -> None:
    """Back to what `remember` saw."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = %s", [KEPT])
        kept = {row[0] for row in cursor.fetchall()}
        names = sorted(kept | set(filled(connection)))
        cursor.execute("set session_replication_role = replica")
        try:
            for name in names:
                cursor.execute(f'delete from "{name}"')
            for name in kept:
                cursor.execute(f'insert into "{name}" overriding system value table {KEPT}."{name}"')
        finally:
            cursor.execute("set session_replication_role = origin")
