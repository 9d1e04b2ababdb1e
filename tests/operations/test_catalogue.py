"""The back office speaks Chinese: nothing our packages say is left in English, and the compiled catalogue is the written one."""

from __future__ import annotations

import re

import polib
import pytest

from operations import catalogue


@pytest.mark.parametrize("domain", catalogue.DOMAINS)
def test_no_text_of_our_packages_is_left_in_english(domain: str) -> None:
    assert [(room, entry.msgid) for room, entry in catalogue.missing(domain)] == []


@pytest.mark.parametrize("domain", catalogue.DOMAINS)
def test_the_compiled_catalogue_is_the_written_one(domain: str) -> None:
    assert catalogue.ours(domain).with_suffix(".mo").read_bytes() == catalogue.compiled(domain)


@pytest.mark.parametrize("domain", catalogue.DOMAINS)
def test_placeholders_survive_translation(domain: str) -> None:
    wrong = [entry.msgid for entry in polib.pofile(str(catalogue.ours(domain))) if not kept(entry)]
    assert wrong == []


def kept(entry: polib.POEntry) -> bool:
    """A translation may leave a placeholder out, never name one that its text does not fill."""
    words = entry.msgstr or entry.msgstr_plural[0]
    return holes(words) <= holes(entry.msgid) | holes(entry.msgid_plural or "")


def holes(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|\{\w+\}", text))
