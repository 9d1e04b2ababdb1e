"""`manage.py sandbox`: the partners' servers; `--prepare` only makes their keys and credentials.json."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sandbox import config, credentials, serve


class Command(BaseCommand):
    help = "启动沙箱合作方(HIS、微信);--prepare 只准备密钥。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare", action="store_true", help="只准备密钥和 credentials.json")

    def handle(self, *_: Any, **options: Any) -> None:
        place = config.from_environment()
        if not options["prepare"]:
            if status := serve.main():
                sys.exit(status)
            return
        try:
            credentials.prepare(place)
        except OSError as problem:
            raise CommandError(f"写不了 {place.folder}:{problem.strerror}。检查 DATA_DIR 的权限。") from problem
        self.stdout.write("  沙箱的密钥和地址都在。")
