"""`flows schema`: the JSON Schema of a flow file. `docs/flow.schema.json` is this, committed."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from flows.language.verb import Result, Verb
from flows.schema import Tree


def described() -> dict[str, Any]:
    """Generated from the very models that read a file."""
    schema = Tree.model_json_schema(by_alias=True)
    for part in schema["$defs"].values():
        if "kind" in part.get("properties", {}):  # what tells blocks apart is never left out
            part["required"] = sorted({"kind", *part.get("required", [])})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:yicheng:flow:1", **schema, "title": "医程流程文件"}


def text() -> str:
    return json.dumps(described(), ensure_ascii=False, indent=2) + "\n"


def arguments(_parser: ArgumentParser) -> None:
    """None."""


def run(_options: Namespace) -> Result:
    return Result([text().rstrip("\n")], described())


VERB = Verb("schema", "打印流程文件的 JSON Schema", arguments, run)
