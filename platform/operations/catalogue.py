"""Our Chinese catalogue: what Wagtail and the other packages we show have not translated yet. A tool for whoever updates a package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import polib
from django.conf import settings

ROOMS: tuple[str, ...] = (
    "wagtail",
    "wagtail.admin",
    "wagtail.documents",
    "wagtail.embeds",
    "wagtail.images",
    "wagtail.locales",
    "wagtail.search",
    "wagtail.sites",
)
ROOMS += ("wagtail.snippets", "wagtail.users", "wagtail.contrib.settings", "formtools")
DOMAINS = ("django", "djangojs")
Key = tuple[str | None, str]


def ours(domain: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / f"{domain}.po"


def translated(path: Path) -> dict[Key, polib.POEntry]:
    """Entries of a catalogue that have a translation; empty when there is no such file."""
    if not path.exists():
        return {}
    return {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path)).translated_entries()}


def missing(domain: str) -> Iterator[tuple[str, polib.POEntry]]:
    """(package, entry) for every text of the packages that neither they nor we have in Chinese."""
    have = translated(ours(domain))
    for room in ROOMS:
        folder = Path(str(import_module(room).__file__)).parent / "locale"
        source = folder / "en" / "LC_MESSAGES" / f"{domain}.po"
        theirs = translated(folder / "zh_Hans" / "LC_MESSAGES" / f"{domain}.po")
        for entry in polib.pofile(str(source)) if source.exists() else []:
            key = (entry.msgctxt, entry.msgid)
            if not entry.obsolete and key not in theirs and key not in have:
                yield room, entry


def compiled(domain: str) -> bytes:
    """What the .mo beside the .po has to hold."""
    return bytes(polib.pofile(str(ours(domain))).to_binary())
