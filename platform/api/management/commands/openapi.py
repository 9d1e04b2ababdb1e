"""`manage.py openapi`: writes the committed description of the interface; `--check` says whether it is current."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from api.routes import api

FILE = Path("docs") / "openapi.json"


def text() -> str:
    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


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
