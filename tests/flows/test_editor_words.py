"""Every page of the editor is Chinese; what only scripts read is no word on a page."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from django.test import Client

from flows import patterns
from flows.models import FlowDefinition

pytestmark = pytest.mark.django_db


def crawler() -> ModuleType:
    """The crawler of the desk, for its way of reading a page."""
    place = Path(__file__).parent.parent / "operations" / "test_crawler.py"
    spec = importlib.util.spec_from_file_location("desk_crawler", place)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["", "add/", "edit/{}/", "inspect/{}/", "history/{}/"])
def test_the_pages_of_a_flow_are_chinese(admin_client: Client, admin_user: object, page: str) -> None:

    admin_user.first_name = "测试员"  # type: ignore[attr-defined]  # the fixture's user
    admin_user.save()  # type: ignore[attr-defined]
    draft = FlowDefinition.objects.create(code="outpatient", title="门诊就诊", tree=patterns.outpatient())
    draft.save_revision()
    answer = admin_client.get("/admin/snippets/flows/flowdefinition/" + page.format(draft.pk))
    assert answer.status_code == 200
    assert [word for word, _ in crawler().words(answer.content.decode()) if word != "admin"] == []
