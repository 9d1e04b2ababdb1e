"""What tests of the public API ask for beside a phone."""

from __future__ import annotations

from django.db import connection


def now() -> str:
    from core import clock

    return clock.now().isoformat()


def targets(node: object) -> list[str]:
    """Every target of every button on a screen."""
    if isinstance(node, dict):
        own = [node["target"]] if isinstance(node.get("target"), str) else []
        return own + [found for value in node.values() for found in targets(value)]
    return [found for value in node for found in targets(value)] if isinstance(node, list) else []


def rows_of_every_table() -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        counted = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select count(*) from "{table}"')
            counted[table] = cursor.fetchone()[0]
    return counted
