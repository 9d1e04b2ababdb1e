"""A flow as BPMN 2.0, for other tools to read; nothing is ever read back (flow-language §8).

What BPMN cannot say: its compensation between concurrent branches has no order, ours takes back newest first; a condition with a fact
that is still unknown stops our run and calls a person, in FEEL it is null; an early event waits, in BPMN it is lost. The key of a block is
the id of its element; type, settings and time-out stand in `extensionElements` in a namespace of our own.
"""

from __future__ import annotations

from collections import Counter

from core.errors import Invalid
from flows.bpmn.process import process
from flows.bpmn.xml import document
from flows.schema import Tree
from flows.spots import everything
from flows.wording import Side, Words

__all__ = ["KeysRepeated", "exported"]


class KeysRepeated(Invalid):
    """Two blocks with one key would be two elements with one id."""

    title = "流程里有两处编码都是“{key}”，不能导出 BPMN"
    remedy = "请先改好标红的步骤。"


def exported(side: Side) -> bytes:
    """The whole document in UTF-8, with its picture. Raises KeysRepeated."""
    if twice := repeated(side.tree):
        raise KeysRepeated(key=twice)
    return document(process(Words(side)))


def repeated(tree: Tree) -> str:
    """A key that is used twice, or nothing."""
    counted = Counter(one.key for one in everything(tree))
    return next((key for key, times in counted.items() if times > 1), "")
