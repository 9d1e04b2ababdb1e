"""`manage.py flows`: files without a database, sentences or JSON, exit status 1 on faults and refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from core.models import Entry
from flows import patterns
from flows.models import FlowDefinition, FlowVersion
from flows.schema import Tree

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
OUTPATIENT = ROOT / "fixtures" / "flows" / "outpatient.json"


def flows(*words: object) -> tuple[int, str]:
    """Exit status and output, in this process."""
    out = StringIO()
    try:
        call_command("flows", *map(str, words), stdout=out)
    except SystemExit as gone:
        return int(gone.code or 0), out.getvalue()
    return 0, out.getvalue()


def as_json(*words: object) -> tuple[int, Any]:
    status, text = flows(*words, "--json")
    return status, json.loads(text)


def outside(*words: str) -> subprocess.CompletedProcess[str]:
    """As its own process, with a database that nobody answers for."""
    env = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    call = [sys.executable, "manage.py", "flows", *words]
    return subprocess.run(call, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_the_sound_flows_pass_and_say_what_is_unchecked() -> None:
    status, found = as_json("check", *sorted(HERE.glob("sound/*.json")))
    assert (status, found["faulty"]) == (0, 0)
    assert all(not file["faults"] for file in found["files"])
    status, text = flows("check", OUTPATIENT)
    assert (status, text.splitlines()[1:]) == (0, ["  未核对 有 1 处页面没有核对。", "共 1 个流程，1 个通过，0 个有问题。"])


def test_every_planted_fault_is_found_by_its_code() -> None:
    paths = sorted(HERE.glob("broken/*.json"))
    status, found = as_json("check", "--strict", *paths)
    assert (status, found["faulty"]) == (1, len(paths)) and len(paths) >= 40
    for path, file in zip(paths, found["files"], strict=True):
        expected = json.loads(path.read_text(encoding="utf-8"))
        assert (expected["expected"], expected["at"]) in {(each["code"], each["keys"][0]) for each in file["faults"]}, path.stem


def test_warnings_alone_are_no_failure_unless_strict() -> None:
    path = HERE / "broken" / "title_missing.json"
    assert flows("check", path)[0] == 0 and "有 1 个警告" in flows("check", path)[1]
    assert flows("check", "--strict", path)[0] == 1


def test_a_walk_is_told_turn_by_turn() -> None:
    _, found = as_json("check", HERE / "broken" / "branch_gap.json")
    [fault] = [each for each in found["files"][0]["faults"] if each["code"] == "flow.branch_gap"]
    assert fault["severity"] == "E" and fault["walk"]


def test_one_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    broken, deep = tmp_path / "broken.json", tmp_path / "deep.json"
    broken.write_text('{"schema": 1, "code": "a", "body": [{"kind": "goto", "key": "g"}]}', encoding="utf-8")
    deep.write_text("[" * 100_000, encoding="utf-8")
    status, found = as_json("check", broken, deep, tmp_path / "gone.json", OUTPATIENT)
    assert (status, [file["faulty"] for file in found["files"]]) == (1, [True, True, True, False])
    assert found["files"][0]["refused"] == [{
        "code": "flows.tree_unreadable", "path": "/body/0", "text": "「g」没有这种步骤",
        "remedy": "kind 只能是 step、branch、parallel、repeat、scope、leave。",
    }]  # fmt: skip
    assert found["files"][2]["refused"][0]["code"] == "flows.file_missing"


def test_places_that_only_HIS_knows_are_unchecked(tmp_path: Path) -> None:
    told = {"kind": "step", "key": "told", "title": "欢迎", "type": "message@1", "settings": {"subject": "x", "body": "y"}, "ports": {}}
    case = {"key": "c", "title": "东院", "when": {"fact": "visit.campus", "op": "is", "value": "east"}, "body": [told]}
    block = {"kind": "branch", "key": "b", "title": "哪个院区", "cases": [case], "otherwise": []}
    path = tmp_path / "places.json"
    path.write_text(json.dumps({"schema": 1, "code": "p", "title": "院区", "body": [block], "interrupts": []}), encoding="utf-8")
    status, found = as_json("check", path)
    assert (status, found["files"][0]["unchecked"]) == (0, ["有 1 处院区没有核对。"])


def test_diff_of_files_money_first() -> None:
    status, found = as_json("diff", OUTPATIENT, HERE / "broken" / "money_unaccounted.json")
    assert status == 0 and found["changes"]
    money = [change["money"] for change in found["changes"]]
    assert money == sorted(money, reverse=True)
    assert flows("diff", OUTPATIENT, OUTPATIENT) == (0, "没有改动。\n")
    assert flows("diff", OUTPATIENT, "gone.json")[0] == 1


def test_files_need_no_database() -> None:
    done = outside("check", str(OUTPATIENT), str(HERE / "broken" / "branch_gap.json"))
    assert (done.returncode, done.stderr) == (1, "")
    assert "flow.branch_gap" in done.stdout and "共 2 个流程，1 个通过，1 个有问题。" in done.stdout
    done = outside("diff", str(OUTPATIENT), str(HERE / "sound" / "visit.json"))
    assert (done.returncode, done.stderr) == (0, "") and "处改动" in done.stdout


def test_without_a_database_a_stored_flow_is_refused_in_a_sentence() -> None:
    done = outside("check", "outpatient@draft")
    assert (done.returncode, done.stderr) == (1, "") and "连不上数据库" in done.stdout
    assert outside("nonsense").returncode == 2


def test_export_of_a_file_as_bpmn_and_back_as_json(tmp_path: Path) -> None:
    target = tmp_path / "out.bpmn"
    assert flows("export", OUTPATIENT, "--bpmn", "-o", target) == (0, f"已写到 {target}。\n")
    assert target.read_text(encoding="utf-8").startswith("<?xml")
    status, text = flows("export", OUTPATIENT)
    assert (status, text) == (0, OUTPATIENT.read_text(encoding="utf-8"))


@pytest.mark.django_db
def test_import_makes_a_draft_then_its_next_and_export_gives_it_back(tmp_path: Path) -> None:
    assert flows("import", OUTPATIENT, "--by", "chen") == (0, "已导入为流程“门诊就诊”（编码 outpatient）的草稿，还没有发布。\n")
    changed = tmp_path / "changed.json"
    tree = patterns.outpatient()
    tree["body"][0]["title"] = "就医"
    changed.write_text(json.dumps(tree), encoding="utf-8")
    assert flows("import", changed, "--into", "outpatient")[0] == 0
    assert (FlowDefinition.objects.count(), FlowVersion.objects.count()) == (1, 0)
    assert [row.actor for row in Entry.objects.filter(action="flows.imported").order_by("pk")] == ["chen", "command"]
    _, found = as_json("diff", OUTPATIENT, "outpatient@draft")
    assert [change["text"] for change in found["changes"]] == ["「看医生」改名为「就医」。"]
    _, text = flows("export", "outpatient")
    assert Tree.model_validate(json.loads(text)).body[0].title == "就医"


@pytest.mark.django_db
def test_a_refused_import_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({**patterns.outpatient(), "owner": "x"}), encoding="utf-8")
    status, text = flows("import", path)
    assert (status, text) == (1, "/owner：owner 有不认识的内容。请删去，或核对拼写。\n")
    assert flows("import", OUTPATIENT, "--into", "nobody")[0] == 1
    assert flows("import", tmp_path / "gone.json")[0] == 1
    assert flows("check", "nobody@3") == (
        1,
        "nobody@3：有问题\n  库里没有这个流程：nobody@3。请核对编码和版本号。\n共 1 个流程，0 个通过，1 个有问题。\n",
    )
    assert FlowDefinition.objects.count() == 0 and not Entry.objects.filter(action="flows.imported").exists()
