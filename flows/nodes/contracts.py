"""Short ways to write a contract down. The rows themselves stand with their nodes (flow-language §4.4)."""

from __future__ import annotations

from flows.schema import Contract, FactSpec, OutcomeSpec


def main(key: str, title: str, *, delivers: bool = False, takes: bool = False) -> OutcomeSpec:
    return OutcomeSpec(key=key, title=title, delivers=delivers, takes=takes)


def other(key: str, title: str) -> OutcomeSpec:
    return OutcomeSpec(key=key, title=title)


def count(key: str, title: str, *, on: list[str], most: int = 999) -> FactSpec:
    return FactSpec(key=key, title=title, type="count", low=0, high=most, on=on)


def money(key: str, title: str, *, on: list[str]) -> FactSpec:
    return FactSpec(key=key, title=title, type="money", low=0, high=100_000_000, on=on)


def one_of(key: str, title: str, options: dict[str, str], *, on: list[str]) -> FactSpec:
    return FactSpec(key=key, title=title, type="enum", options=options, on=on)


__all__ = ["Contract", "count", "main", "money", "one_of", "other"]
