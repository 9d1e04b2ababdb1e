"""Elements with their places: pieces are laid in a row, one behind the other, or in a stack between two gateways.

Coordinates are pixels, down and to the right. A piece has an axis: the height at which its line goes in and out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

GAP, ROOM = 50, 30
SIZES = {"task": (110, 70), "gateway": (50, 50), "event": (36, 36)}
BLANK, READABLE = 40, 90
"""The height of a way with nothing on it; the width its name needs."""
HOP = 24


@dataclass
class Node:
    """One element. `data` is what our own namespace says of it; `marks` are its event definitions and the like: tag, attributes, text.

    `line` is the height of its line below its upper edge, where that is not the middle.
    """

    id: str
    tag: str
    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    marks: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    lane: str = ""
    inner: Level | None = None
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    line: float | None = None

    def __post_init__(self) -> None:
        kind = "gateway" if self.tag.endswith("Gateway") else "event" if self.tag.endswith("Event") else "task"
        if not self.width:
            self.width, self.height = SIZES[kind]

    @property
    def axis(self) -> float:
        return self.y + (self.height / 2 if self.line is None else self.line)

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass
class Edge:
    """`via` is the height of a way with nothing on it. An edge turns where it begins, or, with `late`, where it ends."""

    source: Node
    target: Node
    name: str = ""
    condition: str = ""
    default: bool = False
    via: float | None = None
    late: bool = False


@dataclass
class Level:
    """What lies directly in a process or an embedded subprocess. `links` lead from a compensation event to its task."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    links: list[tuple[Node, Node]] = field(default_factory=list)

    def shift(self, across: float, down: float) -> None:
        for node in self.nodes:
            node.x, node.y = node.x + across, node.y + down
            if node.inner:
                node.inner.shift(across, down)
        for edge in self.edges:
            edge.via = None if edge.via is None else edge.via + down

    def take(self, other: Level) -> None:
        self.nodes += other.nodes
        self.edges += other.edges
        self.links += other.links


@dataclass
class Piece:
    """A part of a level with one way in and at most one way out; with neither it is an empty way."""

    level: Level = field(default_factory=Level)
    entry: Node | None = None
    exit: Node | None = None
    width: float = 0
    height: float = BLANK
    axis: float = BLANK / 2

    def shift(self, across: float, down: float) -> Piece:
        self.level.shift(across, down)
        return self


@dataclass
class Way:
    """One of several between two gateways: how it begins, and what lies on it."""

    body: Piece
    name: str = ""
    condition: str = ""
    default: bool = False


def single(node: Node) -> Piece:
    node.x = node.y = 0
    return Piece(Level([node]), node, node, node.width, node.height, node.height / 2)


def row(pieces: Sequence[Piece]) -> Piece:
    """One behind the other on one axis. Behind a piece without a way out nothing is joined."""
    those = [piece for piece in pieces if piece.entry]
    if not those:
        return Piece()
    whole, across = Piece(entry=those[0].entry, exit=those[-1].exit), 0.0
    whole.axis = max(piece.axis for piece in those)
    whole.height = whole.axis + max(piece.height - piece.axis for piece in those)
    for number, piece in enumerate(those):
        whole.level.take(piece.shift(across, whole.axis - piece.axis).level)
        across += piece.width + GAP
        before = those[number - 1].exit if number else None
        if before and piece.entry:
            whole.level.edges.append(Edge(before, piece.entry))
    whole.width = across - GAP
    return whole


def between(split: Node, join: Node, ways: Sequence[Way]) -> Piece:
    """Ways from one gateway to another, the first on the axis, the others below it. Without a way that comes out there is no join."""
    whole = single(split)
    whole.exit = join if any(way.body.exit or not way.body.entry for way in ways) else None
    down, widest = 0.0, max(*(way.body.width for way in ways), READABLE if len(ways) > 1 else 0)
    whole.axis = max(ways[0].body.axis, split.height / 2)
    split.y = whole.axis - split.height / 2
    for number, way in enumerate(ways):
        top = down if number else whole.axis - way.body.axis
        lay(whole, way, split, join, across=split.width + GAP, down=top)
        down = top + way.body.height + ROOM
    join.x, join.y = split.width + GAP + widest + (GAP if widest else 0), whole.axis - join.height / 2
    if whole.exit:
        whole.level.nodes.append(join)
    whole.width = join.x + (join.width if whole.exit else -GAP)
    whole.height = max(down - ROOM, split.y + split.height)
    return whole


def lay(whole: Piece, way: Way, split: Node, join: Node, *, across: float, down: float) -> None:
    body = way.body.shift(across, down)
    whole.level.take(body.level)
    told = {"name": way.name, "condition": way.condition, "default": way.default}
    if body.entry is None:
        whole.level.edges.append(Edge(split, join, via=down + body.axis, **told))  # type: ignore[arg-type]  # three names with their types
        return
    whole.level.edges.append(Edge(split, body.entry, **told))  # type: ignore[arg-type]  # three names with their types
    if body.exit:
        whole.level.edges.append(Edge(body.exit, join, late=True))


def enclosed(node: Node, body: Piece) -> Piece:
    """The piece inside an embedded subprocess."""
    node.inner, node.width, node.height = body.level, body.width + 2 * ROOM, body.height + 2 * ROOM
    node.line = body.axis + ROOM
    body.shift(ROOM, ROOM)
    return Piece(Level([node]), node, node, node.width, node.height, body.axis + ROOM)


def on_edge(host: Node, boundary: Node, place: int) -> None:
    """A boundary event on the lower edge of `host`."""
    boundary.x, boundary.y = host.x + ROOM / 2 + place * (boundary.width + 12), host.y + host.height - boundary.height / 2
    boundary.attributes["attachedToRef"] = host.id


def hop(host: Node, piece: Piece, boundary: Node, join: Node) -> None:
    """From a boundary event just below the piece's line to what follows."""
    on_edge(host, boundary, 0)
    via = host.y + host.height + HOP
    piece.level.nodes.append(boundary)
    piece.level.edges.append(Edge(boundary, join, via=via))
    piece.height = max(piece.height, via)


def beside(host: Node, piece: Piece, boundary: Node, place: int, body: Piece, join: Node | None) -> None:
    """A boundary event on the lower edge of `host`, and what it leads to below the piece; out again at `join`."""
    on_edge(host, boundary, place)
    piece.level.nodes.append(boundary)
    across, down = boundary.x + boundary.width + GAP, piece.height + ROOM
    piece.level.take(body.shift(across, down).level)
    if body.entry:
        piece.level.edges.append(Edge(boundary, body.entry))
        if body.exit and join:
            piece.level.edges.append(Edge(body.exit, join, late=True))
    elif join:
        piece.level.edges.append(Edge(boundary, join, via=down + body.axis))
    piece.width, piece.height = max(piece.width, across + body.width), down + body.height
