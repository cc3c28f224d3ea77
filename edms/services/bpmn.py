"""A route as BPMN 2.0 XML with its drawing, for people who read that notation and for other tools; never executed.

One pool with a lane for each party. Answers become an exclusive gateway behind their step, terms boundary timers, the
silence rule a start by timer. What BPMN has no sign for (terms, articles, doubts) stands in the documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from lxml import etree

from edms.services.bpmn_drawing import Drawing, Node, draw
from edms.services.definition import Route, Step
from edms.services.in_words import term_text
from edms.services.kinds import StepKind
from edms.services.messages import title
from edms.words.catalogue import say

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
_NAMES = {None: BPMN, "bpmndi": DI, "dc": DC, "di": DD}

_TAGS = {
    StepKind.START: "startEvent",
    StepKind.WORK: "userTask",
    StepKind.SIGN: "userTask",
    StepKind.SERVE: "sendTask",
    StepKind.CONSULT: "userTask",
    StepKind.SITTING: "userTask",
    StepKind.WAIT: "receiveTask",
    StepKind.CHOICE: "exclusiveGateway",
    StepKind.JOIN: "parallelGateway",
    StepKind.END: "endEvent",
}


@dataclass(frozen=True)
class Flow:
    """A sequence flow between two nodes, with its words."""

    id: str
    source: str
    target: str
    name: str = ""


@dataclass
class Process:
    """The nodes and flows of a route in BPMN's terms."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def flow(self, source: str, target: str, name: str = "") -> None:
        """Add a flow."""
        self.flows.append(Flow(f"flow_{next(self.numbers)}", source, target, name))


def export(route: Route, lang: str) -> bytes:
    """The XML of this route, its words in `lang`."""
    process = _process(route, lang)
    drawing = draw(process.nodes, [(f.id, f.source, f.target) for f in process.flows])
    root = etree.Element(f"{{{BPMN}}}definitions", nsmap=_NAMES, id="definitions", targetNamespace="urn:edms:route")
    pool = etree.SubElement(root, f"{{{BPMN}}}collaboration", id="collaboration")
    name = title(route, lang, route.title)
    etree.SubElement(pool, f"{{{BPMN}}}participant", id="pool", name=name, processRef="process")
    _write(
        etree.SubElement(root, f"{{{BPMN}}}process", id="process", name=name, isExecutable="false"),
        route,
        process,
        drawing,
        lang,
    )
    _diagram(root, process, drawing)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _process(route: Route, lang: str) -> Process:
    process = Process()
    lane = "system"
    for step in route.steps.values():
        lane = step.party or lane
        _step(process, route, step, lane, lang)
    for limit in route.limits:
        own = f"limit.{limit.name}"
        process.nodes[own] = Node(own, "startEvent", title(route, lang, f"services.{own}"), "system", timer=True)
        process.flow(own, _id(limit.to))
    rule = route.silence
    if rule.to is not None:
        process.nodes["silence"] = Node(
            "silence", "startEvent", say(lang, f"services.silence.{rule.effect}"), "system", timer=True
        )
        process.flow("silence", _id(rule.to))
    return process


def _step(process: Process, route: Route, step: Step, lane: str, lang: str) -> None:
    own = _id(step.id)
    conditional = any(b.when != "True" for b in step.branches)
    tag = ("inclusiveGateway" if conditional else "parallelGateway") if step.kind is StepKind.FORK else _TAGS[step.kind]
    process.nodes[own] = Node(own, tag, title(route, lang, step.title), lane, notes=_notes(route, step, lang))
    source = own
    if len(step.branches) > 1 and step.kind not in (StepKind.FORK, StepKind.CHOICE):
        source = f"{own}.which"
        process.nodes[source] = Node(source, "exclusiveGateway", "", lane)
        process.flow(own, source)
    for branch in step.branches:
        words = [title(route, lang, f"services.answer.{branch.answer}")] if branch.answer else []
        words += [branch.when] if branch.when != "True" else []
        process.flow(source, _id(branch.to), ", ".join(words))
    for n, timer in enumerate(t for t in step.timers if t.to is not None):
        edge = f"{own}.late{n or ''}"
        process.nodes[edge] = Node(edge, "boundaryEvent", say(lang, "services.term_over"), lane, timer=True, on=own)
        process.flow(edge, _id(timer.to or ""))


def _notes(route: Route, step: Step, lang: str) -> str:
    lines = (
        [f"{title(route, lang, f'services.term.{step.term}')}: {term_text(route, step.term, lang)}"]
        if step.term
        else []
    )
    lines += [title(route, lang, f"services.document.{name}") for name in step.produces]
    if step.doubt is not None:
        lines.append(f"{say(lang, 'services.unconfirmed')}: {title(route, lang, f'services.doubt.{step.doubt}')}")
    return "\n".join(lines)


def _id(step: str) -> str:
    return f"step.{step}"


def _write(parent: etree._Element, route: Route, process: Process, drawing: Drawing, lang: str) -> None:
    lanes = etree.SubElement(parent, f"{{{BPMN}}}laneSet", id="lanes")
    for name in drawing.lanes:
        words = (
            title(route, lang, f"services.party.{name}")
            if name in route.parties
            else say(lang, "services.party.system")
        )
        lane = etree.SubElement(lanes, f"{{{BPMN}}}lane", id=f"lane.{name}", name=words)
        for node in process.nodes.values():
            if node.lane == name:
                etree.SubElement(lane, f"{{{BPMN}}}flowNodeRef").text = node.id
    for node in process.nodes.values():
        made = etree.SubElement(parent, f"{{{BPMN}}}{node.tag}", id=node.id, name=node.name)
        if node.on:
            made.set("attachedToRef", node.on)
        if node.notes:
            etree.SubElement(made, f"{{{BPMN}}}documentation").text = node.notes
        for flow in process.flows:
            if flow.target == node.id:
                etree.SubElement(made, f"{{{BPMN}}}incoming").text = flow.id
        for flow in process.flows:
            if flow.source == node.id:
                etree.SubElement(made, f"{{{BPMN}}}outgoing").text = flow.id
        if node.timer:
            etree.SubElement(made, f"{{{BPMN}}}timerEventDefinition", id=f"{node.id}.timer")
    for flow in process.flows:
        made = etree.SubElement(
            parent, f"{{{BPMN}}}sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target
        )
        if flow.name:
            made.set("name", flow.name)


def _diagram(root: etree._Element, process: Process, drawing: Drawing) -> None:
    diagram = etree.SubElement(root, f"{{{DI}}}BPMNDiagram", id="diagram")
    plane = etree.SubElement(diagram, f"{{{DI}}}BPMNPlane", id="plane", bpmnElement="collaboration")
    boxes = {"pool": drawing.pool, **{f"lane.{n}": box for n, box in drawing.lanes.items()}, **drawing.boxes}
    for name, (x, y, width, height) in boxes.items():
        shape = etree.SubElement(plane, f"{{{DI}}}BPMNShape", id=f"{name}.shape", bpmnElement=name)
        if name == "pool" or name.startswith("lane."):
            shape.set("isHorizontal", "true")
        elif process.nodes[name].tag == "exclusiveGateway":
            shape.set("isMarkerVisible", "true")
        etree.SubElement(shape, f"{{{DC}}}Bounds", x=str(x), y=str(y), width=str(width), height=str(height))
    for flow in process.flows:
        edge = etree.SubElement(plane, f"{{{DI}}}BPMNEdge", id=f"{flow.id}.edge", bpmnElement=flow.id)
        for x, y in drawing.lines[flow.id]:
            etree.SubElement(edge, f"{{{DD}}}waypoint", x=str(x), y=str(y))
        if flow.name:
            x, y, width, height = drawing.labels[flow.id]
            label = etree.SubElement(edge, f"{{{DI}}}BPMNLabel")
            etree.SubElement(label, f"{{{DC}}}Bounds", x=str(x), y=str(y), width=str(width), height=str(height))
