"""The patients' H5, served as files under `/m/` by the middleware that also serves the static files."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware

HASHED = re.compile(r"[-.][0-9A-Za-z_-]{8}\.(js|css|png|svg|webp|woff2)$")
"""A file whose name holds its own hash: it never changes."""


class Files(WhiteNoiseMiddleware):
    """Static files, and the built H5 with its front page at `/m/`."""

    def __init__(self, *arguments: Any, **words: Any) -> None:
        super().__init__(*arguments, **words)
        if settings.H5_DIR.exists():
            self.index_file = "index.html"
            self.add_files(str(settings.H5_DIR), prefix="/m/")
            self.index_file = None  # type: ignore[assignment]  # only the H5 has front pages

    def immutable_file_test(self, path: str, url: str) -> bool:
        return bool(HASHED.search(path)) if url.startswith("/m/") else bool(super().immutable_file_test(path, url))


__all__ = ["Files"]
