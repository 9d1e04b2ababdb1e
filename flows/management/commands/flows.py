"""`manage.py flows check|import|export|diff|schema …`: exit status 1 when something is faulty or refused, 2 for a wrong call."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.errors import Problem
from flows.language.telling import refused, sentences
from flows.language.verb import Result
from flows.language.verbs import VERBS


class Command(BaseCommand):
    help = "流程：检查、导入、导出、比较。"
    requires_system_checks: list[str] = []  # files need no database

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for verb in VERBS.values():
            own = verbs.add_parser(verb.name, help=verb.help, description=verb.help)
            verb.arguments(own)
            own.add_argument("--json", action="store_true", help="给程序看的结果")

    def handle(self, *_: Any, **options: Any) -> None:
        """Leaves by SystemExit when something is faulty, so that a caller's own status follows."""
        try:
            result = VERBS[options["verb"]].run(Namespace(**options))
        except Problem as problem:
            told = refused(problem)
            result = Result(sentences(told), {"refused": told}, faulty=True)
        self.stdout.write(json.dumps(result.data, ensure_ascii=False) if options["json"] else "\n".join(result.lines))
        if result.faulty:
            sys.exit(1)
