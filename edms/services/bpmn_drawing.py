"""Where the signs of a BPMN diagram stand: columns by distance from the beginning, a lane for each party.

Pure arithmetic on boxes (x, y, width, height in the points of a BPMN diagram): nothing overlaps, lines run at right
angles, those that lead far or back below their row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Box = tuple[int, int, int, int]
Point = tuple[int, int]

COLUMN, ROW, CHANNEL = 190, 136, 62
LEFT, TOP, BELOW = 60, 40, 24
SIZES = {"startEvent": (36, 36), "endEvent": (36, 36), "boundaryEvent": (36, 36)}
GATEWAY, TASK = (50, 50), (120, 80)


@dataclass(frozen=True)
class Node:
    """A sign of the diagram. `on` is the task that a boundary event sits on."""

    id: str
    tag: str
    name: str
    lane: str
    notes: str = ""
    timer: bool = False
    on: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return GATEWAY if self.tag.endswith("Gateway") else SIZES.get(self.tag, TASK)


@dataclass(frozen=True)
class Drawing:
    """The boxes of pool, lanes and nodes, and the points of each flow."""

    pool: Box
    lanes: Mapping[str, Box]
    boxes: Mapping[str, Box]
    lines: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Box]
    """Where the words of each flow stand: before its target, one above the other."""


def draw(nodes: Mapping[str, Node], flows: Iterable[tuple[str, str, str]]) -> Drawing:
    """Place the nodes and lead the flows (id, source, target)."""
    flows = list(flows)
    columns = _columns(nodes, flows)
    rows: dict[tuple[str, int], int] = defaultdict(int)
    seats: dict[str, tuple[int, int]] = {}
    for node in nodes.values():
        if not node.on:
            seat = (node.lane, columns[node.id])
            seats[node.id] = (columns[node.id], rows[seat])
            rows[seat] += 1
    high = {
        lane: max(n for (of, _), n in rows.items() if of == lane)
        for lane in dict.fromkeys(n.lane for n in nodes.values())
    }
    wide = (max(columns.values()) + 1) * COLUMN + 40
    lanes: dict[str, Box] = {}
    y = TOP
    for lane, count in high.items():
        lanes[lane] = (LEFT + 30, y, wide, count * ROW + BELOW)
        y += count * ROW + BELOW
    boxes = {n: _box(nodes[n], lanes[nodes[n].lane], *seat) for n, seat in seats.items()}
    beside: dict[str, int] = defaultdict(int)
    for node in nodes.values():
        if node.on:
            x, top, width, height = boxes[node.on]
            beside[node.on] += 1
            boxes[node.id] = (x + width - 30 - 40 * (beside[node.on] - 1), top + height - 18, 36, 36)
    lines = {f: _line(boxes[source], boxes[target], bool(nodes[source].on)) for f, source, target in flows}
    return Drawing((LEFT, TOP, wide + 30, y - TOP), lanes, boxes, lines, _labels(boxes, flows))


def _labels(boxes: Mapping[str, Box], flows: list[tuple[str, str, str]]) -> dict[str, Box]:
    found: dict[str, Box] = {}
    before: dict[str, int] = defaultdict(int)
    for flow, _, target in flows:
        x, y, _, height = boxes[target]
        found[flow] = (x - 104, y + height // 2 - 17 - 13 * before[target], 100, 14)
        before[target] += 1
    return found


def _columns(nodes: Mapping[str, Node], flows: list[tuple[str, str, str]]) -> dict[str, int]:
    """The column of each node: one past the furthest of those before it, ways back left out."""
    out: dict[str, list[str]] = defaultdict(list)
    for _, source, target in flows:
        out[source].append(target)
    for node in nodes.values():
        if node.on:
            out[node.on].append(node.id)
    order: list[str] = []
    done: dict[str, bool] = {}
    forward: dict[str, list[str]] = defaultdict(list)
    for first in nodes:
        _visit(first, out, done, order, forward)
    columns = dict.fromkeys(nodes, 0)
    for name in reversed(order):
        for after in forward[name]:
            step = 0 if nodes[after].on else 1
            columns[after] = max(columns[after], columns[name] + step)
    return columns


def _visit(
    first: str, out: Mapping[str, list[str]], done: dict[str, bool], order: list[str], forward: dict[str, list[str]]
) -> None:
    """Depth first without recursion: `done` False while a node is being visited; a way to such a one leads back."""
    stack = [(first, iter(out.get(first, ())))] if first not in done else []
    done.setdefault(first, False)
    while stack:
        here, rest = stack[-1]
        for after in rest:
            if done.get(after) is False:
                continue
            forward[here].append(after)
            if after not in done:
                done[after] = False
                stack.append((after, iter(out.get(after, ()))))
                break
        else:
            done[here] = True
            order.append(here)
            stack.pop()


def _box(node: Node, lane: Box, column: int, row: int) -> Box:
    width, height = node.size
    x = lane[0] + 20 + column * COLUMN + (TASK[0] - width) // 2
    y = lane[1] + row * ROW + (ROW - height) // 2
    return (x, y, width, height)


def _line(source: Box, target: Box, from_below: bool) -> tuple[Point, ...]:
    """To the next column straight, further or back along the channel below the source's row and up the gap before it."""
    sx, sy, sw, sh = source
    tx, ty, tw, th = target
    middle, end, turn = sy + sh // 2, ty + th // 2, tx - (TASK[0] - tw) // 2 - 20  # in the gap between two columns
    if not from_below and sx + sw < tx < sx + sw + COLUMN:
        return (
            ((sx + sw, middle), (tx, end))
            if middle == end
            else ((sx + sw, middle), (turn, middle), (turn, end), (tx, end))
        )
    start: tuple[Point, ...] = ((sx + sw // 2, sy + sh),)
    channel = sy + sh + 4
    if not from_below:
        start, channel = ((sx + sw, middle), (sx + sw + 10, middle)), middle + CHANNEL
    begun = (start[-1][0], channel)
    return (*start, begun, (turn, channel), (turn, end), (tx, end))
