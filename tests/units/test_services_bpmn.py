"""The drawing of a route: every sign has its place in its lane, nothing overlaps, no flow crosses a sign."""

from __future__ import annotations

import json
from itertools import combinations, pairwise

import pytest
from click.testing import CliRunner
from lxml import etree

from edms.cli import main
from edms.services.bpmn import BPMN, DC, DD, DI, export
from edms.services.in_words import tell, unconfirmed
from edms.services.kinds import StepKind
from edms.services.shelf import shipped
from edms.words import LANGS

ROUTES = pytest.mark.parametrize("route", shipped(), ids=lambda r: r.key)


@ROUTES
def test_a_diagram_is_whole(route):
    root = etree.fromstring(export(route, "ka"))
    process = root.find(f"{{{BPMN}}}process")
    flows = process.findall(f"{{{BPMN}}}sequenceFlow")
    nodes = {n.get("id"): n for n in process if n.tag not in (f"{{{BPMN}}}laneSet", f"{{{BPMN}}}sequenceFlow")}
    assert {f"step.{s}" for s in route.steps} <= nodes.keys()
    assert {f.get(end) for f in flows for end in ("sourceRef", "targetRef")} <= nodes.keys()
    assert sorted(r.text for r in process.iter(f"{{{BPMN}}}flowNodeRef")) == sorted(nodes)
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    ends = sum(s.kind is StepKind.END for s in route.steps.values())
    assert len(process.findall(f"{{{BPMN}}}endEvent")) == ends
    boxes = places(root)
    assert {f.get("id") for f in flows} == {e.get("bpmnElement") for e in root.iter(f"{{{DI}}}BPMNEdge")}
    assert all(len(e.findall(f"{{{DD}}}waypoint")) >= 2 for e in root.iter(f"{{{DI}}}BPMNEdge"))
    for lane in process.iter(f"{{{BPMN}}}lane"):
        for ref in lane.iter(f"{{{BPMN}}}flowNodeRef"):
            assert within(boxes[ref.text], boxes[lane.get("id")])
    signs = [n for n in nodes if not nodes[n].get("attachedToRef")]
    assert [pair for pair in combinations(signs, 2) if meet(boxes[pair[0]], boxes[pair[1]])] == []
    ends_of = {f.get("id"): {f.get("sourceRef"), f.get("targetRef")} for f in flows}
    for edge in root.iter(f"{{{DI}}}BPMNEdge"):
        points = [(int(w.get("x")), int(w.get("y"))) for w in edge.findall(f"{{{DD}}}waypoint")]
        own = ends_of[edge.get("bpmnElement")]
        own |= {nodes[n].get("attachedToRef") for n in own}
        crossed = [n for n in signs if n not in own and any(meet(boxes[n], line(a, b)) for a, b in pairwise(points))]
        assert crossed == []


def line(a, b):
    return (min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]) + 1, abs(a[1] - b[1]) + 1)


def places(root):
    found = {}
    for shape in root.iter(f"{{{DI}}}BPMNShape"):
        bounds = shape.find(f"{{{DC}}}Bounds")
        found[shape.get("bpmnElement")] = tuple(int(bounds.get(n)) for n in ("x", "y", "width", "height"))
    return found


def within(inner, outer):
    x, y, w, h = inner
    left, top, wide, high = outer
    return left <= x and top <= y and x + w <= left + wide and y + h <= top + high


def meet(a, b):
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


@ROUTES
def test_a_route_is_told_in_every_language_with_all_its_steps_and_doubts(route):
    for lang in LANGS:
        lines = tell(route, lang)
        assert all(any(f"[{step}]" in line for line in lines) for step in route.steps)
        assert not [line for line in lines if "services." in line or "terms.l" in line or "{" in line]
    said = "\n".join(tell(route, "en"))
    assert ("Not confirmed" in said) == bool(unconfirmed(route))


def test_the_command_lists_shows_and_draws():
    run = CliRunner()
    listed = run.invoke(main, ["routes", "list", "--lang", "ka"])
    assert listed.exit_code == 0
    assert "ფულადი სოციალური დახმარება" in listed.output
    shown = run.invoke(main, ["routes", "show", "land_terms", "--on", "2018-05-02"])
    assert "Government decree 57" in shown.output
    counted = run.invoke(main, ["routes", "show", "land_terms", "--on", "2025-05-02"]).output
    assert "The last day is 20.05.2025" in counted
    assert "approved from 21.05.2025" in counted
    facts = json.loads(run.invoke(main, ["routes", "show", "land_terms", "--on", "2025-05-02", "--json"]).output)
    assert facts["terms"]["decision"]["term"]["count"] == 10
    assert facts["form"]["papers"][2]["source"] == "register"
    assert facts["steps"]["opinions"]["bodies"][0] == {"name": "heritage", "when": "heritage_zone"}
    drawn = run.invoke(main, ["routes", "bpmn", "legalization", "--country", "AM", "--lang", "hy"])
    assert etree.fromstring(drawn.output.encode()).tag == f"{{{BPMN}}}definitions"
    assert run.invoke(main, ["routes", "show", "fishing"]).exit_code == 1
    assert run.invoke(main, ["routes", "show", "land_terms", "--on", "yesterday"]).exit_code == 1


def test_the_command_checks_a_file(tmp_path):
    run = CliRunner()
    assert run.invoke(main, ["routes", "check"]).output.strip().endswith("nothing wrong.")
    wrong = tmp_path / "town.yaml"
    wrong.write_text("route: fishing\nversion: 1\ncountry: FR\n", encoding="utf-8")
    refused = run.invoke(main, ["routes", "check", str(wrong)])
    assert refused.exit_code == 4
    assert "town.yaml:3  country" in refused.output
    wrong.write_bytes(b"\xff\xfe")
    assert run.invoke(main, ["routes", "check", str(wrong)]).exit_code == 1
