"""`manage.py openapi`: writes the committed description of the interface; `--check` says whether it is current."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from api.routes import api

FILE = Path("docs") / "openapi.json"


def text() -> str:
    document: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
    every_answer_is_whole(document)
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def every_answer_is_whole(document: dict[str, Any]) -> None:
    """What only we send has every field, those with a default too."""
    schemas = document["components"]["schemas"]
    asked = set(reached([one.get("requestBody") for path in document["paths"].values() for one in path.values()], schemas))
    for name, schema in schemas.items():
        if name not in asked and "properties" in schema:
            schema["required"] = sorted(schema["properties"])


def reached(node: object, schemas: dict[str, Any]) -> Iterator[str]:
    """Names of the schemas under this node."""
    if isinstance(node, dict):
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name:
            yield name
            yield from reached(schemas[name], schemas)
        for value in node.values():
            yield from reached(value, schemas)
    elif isinstance(node, list):
        for value in node:
            yield from reached(value, schemas)


class Command(BaseCommand):
    help = "写出接口说明 docs/openapi.json；--check 只检查它是不是最新的。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        path = settings.ROOT / FILE
        if not options["check"]:
            path.write_text(text(), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text():
            raise CommandError("docs/openapi.json 不是最新的：运行 make openapi，并把改动一起提交。")
