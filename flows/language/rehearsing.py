"""`flows simulate` and `flows replay`. A simulation of a file needs no database; a replay reads the journal."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.errors import Invalid
from flows.language.source import FlowMissing, source
from flows.language.verb import Result, Verb
from flows.program import flatten
from flows.rehearsal.assumptions import Assumptions
from flows.rehearsal.simulate import simulate


class AssumptionsUnreadable(Invalid):
    title = "假设读不懂：{where}"
    remedy = "请核对这个文件；可写 arrivals、steps、facts、interrupts、trouble、slow。"


def simulate_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="流程文件，或库里的 编码@draft、编码@版本号")
    parser.add_argument("--visits", type=int, default=1_000, metavar="N", help="多少次就诊，默认 1000")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="同一个数，同一个结果；默认 1")
    parser.add_argument("--assume", metavar="FILE", help="假设文件（JSON）")


def run_simulation(options: Namespace) -> Result:
    """The same file, assumptions and seed print the same, every time."""
    one = source(options.file)
    report = simulate(flatten(one.tree, one.contracts), one.contracts, assumptions(options), starts=one.words)
    return Result(simulation_lines(report), report)


def assumptions(options: Namespace) -> Assumptions:
    try:
        given = Assumptions.model_validate_json(Path(options.assume).read_bytes() if options.assume else "{}")
        return Assumptions.model_validate({**given.model_dump(), "visits": options.visits, "seed": options.seed})
    except (OSError, ValueError) as problem:
        raise AssumptionsUnreadable(where=options.assume or "--visits") from problem


def simulation_lines(report: dict[str, Any]) -> list[str]:
    whole, peak = report["whole"], report["peak"]
    half, most = f"一半的人 {whole['p50']} 分钟办完", f"10 个人里有 9 个在 {whole['p90']} 分钟之内"
    head = f"{report['visits']:,} 次就诊：{half}，{most}；{peak['at']} 人最多，{peak['people']:,} 人。"
    rows = [step_line(row) for row in report["steps"] if row["stay_p90"] or row["wait_p90"]]
    return [*report["conclusions"], head, "每一步（一半的人 / 10 个里有 9 个）：", *rows]


def step_line(row: dict[str, Any]) -> str:
    waits, stays = f"等 {row['wait_p50']}/{row['wait_p90']} 分", f"停留 {row['stay_p50']}/{row['stay_p90']} 分"
    return f"  {row['title']}：{waits}，{stays}，{row['visits']:,} 人次"


def replay_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", help="流程编码：用它过去的就诊")
    parser.add_argument("--days", type=int, default=7, metavar="N", help="到昨天为止的 N 天，默认 7")
    parser.add_argument("--draft", metavar="FILE", help="当作草稿的文件；不写就用后台存的草稿")


def run_replay(options: Namespace) -> Result:
    """Past visits of a flow through a draft. Nothing is sent and nobody is asked."""
    from core import clock  # a simulation must not need the database
    from flows.models import FlowDefinition
    from flows.rehearsal import drafts, history
    from flows.rehearsal.replay import replay

    definition = FlowDefinition.objects.filter(code=options.code).first()
    if definition is None:
        raise FlowMissing(name=options.code)
    tree = source(options.draft).tree if options.draft else drafts.tree_of(definition)
    today = clock.today()
    journals = history.Journals(definition, history.Window(today - timedelta(days=options.days), today - timedelta(days=1)))
    report = replay(drafts.subject(tree, journals.versions()), journals.read, total=len(journals.numbers))
    return Result([*report["conclusions"], *(f"  {one['visits']:,} 次：{one['sentence']}" for one in report["groups"])], report)


SIMULATE = Verb("simulate", "模拟一天的就诊，文件不需要数据库", simulate_arguments, run_simulation)
REPLAY = Verb("replay", "让过去的就诊重走草稿", replay_arguments, run_replay)
