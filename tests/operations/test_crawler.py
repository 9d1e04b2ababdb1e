"""Every back-office page, as each role: it opens, it is Chinese, and it shows no plain name, number or phone of the cast."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import Resolver404, resolve

ALLOWED = {
    line.strip().lower() for line in (Path(__file__).parent / "allowed_words.txt").read_text(encoding="utf-8").splitlines() if line.strip()
}
ATTRIBUTES = ("title", "placeholder", "aria-label", "alt")
SKIPPED = ("/admin/logout/", "/admin/jsi18n/", "/admin/sprite/", "/admin/failwhale/", "/admin/test404/", "/admin/bulk/")
ONE_ROUTE = 3
"""How many pages of one address pattern are opened: three of a kind are enough."""
MOST = 300


def words(html: str) -> Iterator[tuple[str, str]]:
    """(word, the text it stands in) for every English word a person could read or hear on the page."""
    page = BeautifulSoup(html, "html.parser")
    props = page.find(id="wagtail-sidebar-props")
    for text in [*values_of("label", json.loads(props.string)), *visible(page)] if props else visible(page):
        for token in re.findall(r"[A-Za-z0-9_@.+/:#%&=?~-]+", text):
            bare = token.strip(".:/-+?&=#%~_")
            if re.fullmatch(r"[A-Za-z]{2,}", bare) and bare.lower() not in ALLOWED:
                yield bare, text.strip()[:80]


def visible(page: BeautifulSoup) -> list[str]:
    for gone in page(["script", "style", "svg", "code", "noscript"]) + page.select(".yc-code, [data-side-panel-toggle-counter]"):
        gone.decompose()
    texts = list(page.stripped_strings)
    texts += [tag[name] for name in ATTRIBUTES for tag in page.find_all(attrs={name: True})]
    return texts + [tag["value"] for tag in page.select("input[type=submit][value], input[type=button][value]")]


def values_of(key: str, node: object) -> list[str]:
    """Every text under `key` in the sidebar's data, which the browser draws."""
    if isinstance(node, dict):
        own = [node[key]] if isinstance(node.get(key), str) else []
        return own + [found for value in node.values() for found in values_of(key, value)]
    return [found for value in node for found in values_of(key, value)] if isinstance(node, list) else []


def links(html: str, base: str) -> Iterator[str]:
    page = BeautifulSoup(html, "html.parser")
    props = page.find(id="wagtail-sidebar-props")
    named = [str(tag["href"]) for tag in page.find_all("a", href=True)]
    for target in named + (values_of("url", json.loads(props.string)) if props else []):
        parts = urlsplit(urldefrag(urljoin(f"http://testserver{base}", target))[0])
        if parts.netloc == "testserver" and parts.path.startswith("/admin/") and not parts.path.startswith(SKIPPED):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def route(address: str) -> str:
    """The pattern behind an address, with the names of its query."""
    parts = urlsplit(address)
    try:
        name = resolve(parts.path).route
    except Resolver404:
        name = parts.path
    return name + ",".join(sorted(re.findall(r"(\w+)=", parts.query)))


def crawl(client: Client, start: str = "/admin/") -> dict[str, tuple[int, str]]:
    """Address → (status, HTML) of everything that links lead to."""
    waiting, seen, routes, found = deque([start]), {start}, Counter[str](), {}
    while waiting and len(found) < MOST:
        address = waiting.popleft()
        answer = client.get(address, follow=False)
        if answer.status_code in (301, 302):
            target = answer["Location"]
            if target.startswith("/admin/") and target not in seen:
                seen.add(target)
                waiting.append(target)
            continue
        html = answer.content.decode() if "text/html" in answer.get("Content-Type", "") else ""
        found[address] = (answer.status_code, html)
        for link in links(html, address):
            if link not in seen and routes[route(link)] < ONE_ROUTE:
                routes[route(link)] += 1
                seen.add(link)
                waiting.append(link)
    return found


def signed_in(role: str) -> Client:
    user, _ = get_user_model().objects.get_or_create(username=f"u{len(role)}{abs(hash(role)) % 1000}", defaults={"first_name": "测试员"})
    user.is_superuser = role == "superuser"
    user.save()
    user.groups.set(Group.objects.filter(name=role))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


ROLES = ("运营", "收费财务", "导诊", "信息科", "安全", "流程审核", "superuser")


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_page_opens_in_chinese_and_masked(role: str, busy_hospital: object, cast: list[dict[str, str]]) -> None:
    pages = crawl(signed_in(role))
    assert len(pages) >= 5
    broken = {address: status for address, (status, _) in pages.items() if status >= 400}
    assert broken == {}
    english = sorted({(address, *found) for address, (_, html) in pages.items() for found in words(html)})
    assert english == []
    plain = [person[field] for person in cast for field in ("name", "id_no", "phone", "card_no") if person.get(field)]
    shown = sorted({address for address, (_, html) in pages.items() if any(value in html for value in plain)})
    assert shown == []


def test_the_crawler_notices_english_and_plain_names() -> None:
    html = '<p>就诊 list</p><input placeholder="Search"><code>V01AB</code><span class="yc-code">abc</span>'
    assert [word for word, _ in words(html)] == ["list", "Search"]
