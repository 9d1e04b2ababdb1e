"""The source link that the licence (AGPL-3.0-or-later) owes everyone who uses the service: this installation's own source, packed."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

PARTS = ("platform", "flows", "cms", "surveys", "fixtures", "tests", "bench", "docs", "miniprogram/src", "miniprogram/scripts", ".ci")
FILES = (
    "*.md",
    "*.txt",
    "*.in",
    "*.toml",
    "LICENSE",
    "Makefile",
    "manage.py",
    "miniprogram/*.json",
    "miniprogram/*.ts",
    "miniprogram/*.html",
)
NEVER = ("__pycache__", "node_modules", "dist", "pictures")


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "source.html", {"hospital": settings.HOSPITAL_NAME})


def download(_request: HttpRequest) -> HttpResponse:
    """The source as it runs here, without data, keys or built files."""
    answer = HttpResponse(packed(settings.ROOT), content_type="application/gzip")
    answer["Content-Disposition"] = 'attachment; filename="yicheng-source.tar.gz"'
    return answer


def packed(root: Path) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path in sorted(
            {path for part in PARTS for path in (root / part).rglob("*")} | {path for name in FILES for path in root.glob(name)}
        ):
            if path.is_file() and not any(part in NEVER for part in path.relative_to(root).parts):
                archive.add(path, f"yicheng/{path.relative_to(root)}", recursive=False)
    return out.getvalue()
