"""Numbers for the plain pictures of a rehearsal: where a bar ends, where a line turns. The table beside each says the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT = 640, 160
BAR = 240


def line(hours: Sequence[dict[str, int]]) -> dict[str, Any]:
    """A curve over the hours: points for SVG, and its labels."""
    most = max((one["people"] for one in hours), default=0) or 1
    gap = WIDTH / max(len(hours) - 1, 1)
    dots = [{**one, "x": round(index * gap, 1), "y": round(HEIGHT - one["people"] / most * HEIGHT, 1)} for index, one in enumerate(hours)]
    return {"dots": dots, "points": " ".join(f"{dot['x']},{dot['y']}" for dot in dots), "most": most, "width": WIDTH, "height": HEIGHT}


def spans(steps: Sequence[dict[str, Any]], *, slow: int) -> list[dict[str, Any]]:
    """Of each step the way from half of the people to nine of ten, on one scale: its waiting where people queue, else its stay."""
    rows = [{**row, "half": row["wait_p50"], "nine": row["wait_p90"], "queues": True} if row["counters"] else
            {**row, "half": row["stay_p50"], "nine": row["stay_p90"], "queues": False} for row in steps]  # fmt: skip
    most = max((row["nine"] for row in rows), default=0) or 1
    for row in rows:
        row["x1"], row["x2"] = round(row["half"] / most * BAR, 1), round(row["nine"] / most * BAR, 1)
        row["slow"] = row["queues"] and row["nine"] > slow
        row["percent"] = round(row["busy"] * 100)
    return rows


def pairs(steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many people each step has, in the past and in the draft, as two bars on one scale; steps nobody entered are left out."""
    rows = [{**row, "change": row["draft"] - row["past"]} for row in steps if row["draft"] or row["past"]]
    most = max((max(row["draft"], row["past"]) for row in rows), default=0) or 1
    for row in rows:
        row["past_x"], row["draft_x"] = round(row["past"] / most * BAR, 1), round(row["draft"] / most * BAR, 1)
    return rows
