"""`manage.py catalogue`: compiles our Chinese catalogue and lists what is still English."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from operations import catalogue


class Command(BaseCommand):
    help = "编译中文目录，并列出还没有中文的文字。升级 Wagtail 之后运行。"

    def handle(self, *_args: Any, **_options: Any) -> None:
        for domain in catalogue.DOMAINS:
            catalogue.ours(domain).with_suffix(".mo").write_bytes(catalogue.compiled(domain))
            left = list(catalogue.missing(domain))
            self.stdout.write(f"{domain}：已编译，还缺 {len(left)} 条")
            for room, entry in left:
                self.stdout.write(f"  {room}  {entry.msgid}")
