"""What is wrong with the text of a route is found and named; hostile text costs nothing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edms.errors import Invalid
from edms.services.checks import check
from edms.services.conditions import FUNCTIONS, amount, holds, parsed
from edms.services.definition import Field
from edms.services.kinds import FieldKind
from edms.services.reading import examined, read_route
from edms.services.shelf import shipped
from edms.services.text import LARGEST, read_text
from edms.words import LANGS, known, say

ROUTE = """\
route: social_assistance
version: 1
country: GE
regime: council_programme
valid: {from: 2024-01-01}
opens: {by: [application], register: applications}
retention: social_assistance
silence: {effect: refused, term: decision, law: gac 177}
parties:
  executor: {role: official, unit: social}
terms:
  decision: {count: 1, kind: mo, law: gac 100}
documents:
  visit_act: {register: acts}
outcomes:
  granted: {favourable: true}
  refused: {favourable: false}
form:
  fields:
    - {field: rating_score, kind: number}
    - {field: assistance_kind, kind: choice, choices: [treatment, other]}
steps:
  - step: opened
    kind: start
    by: registrar
    marks: [reg]
    then: preparing
  - step: preparing
    kind: fork
    then:
      - {to: visit}
      - {to: queries}
  - step: visit
    kind: work
    by: executor
    produces: [visit_act]
    then: prepared
  - step: queries
    kind: work
    by: executor
    then: prepared
  - step: prepared
    kind: join
    fork: preparing
    then: decision
  - step: decision
    kind: work
    by: head
    term: decision
    answers: [grant, refuse]
    then:
      - {answer: grant, when: rating_score <= 57001, to: granted}
      - {answer: grant, to: refused}
      - {answer: refuse, to: refused}
  - use: filed
    as: granted
    with: {outcome: granted}
  - use: filed
    as: refused
    with: {outcome: refused}
"""


def faults(text: str) -> list[tuple[str, str]]:
    route, found = examined(text, "town.yaml")
    found = found or check(route, "town.yaml")
    for fault in found:
        for lang in LANGS:
            assert say(lang, fault.message, **fault.values)
    return [(f.path, f.message.removeprefix("services.")) for f in found]


def changed(old: str, new: str) -> str:
    assert old in ROUTE
    return ROUTE.replace(old, new, 1)


def test_a_town_may_write_a_route_of_forty_lines():
    assert faults(ROUTE) == []


def test_the_route_of_the_handbook_is_a_route():
    page = Path(__file__).parents[2] / "docs" / "services.md"
    example = page.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert faults(example) == []


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("version: 1\n", "", "", "fault.missing"),
        ("version: 1", "version: one", "version", "fault.kind"),
        ("country: GE", "country: FR", "country", "fault.not_among"),
        ("kind: mo, law", "kind: fortnight, law", "terms.decision.kind", "fault.not_among"),
        ("register: acts", "registre: acts", "documents.visit_act", "fault.missing"),
        ("kind: work\n    by: executor\n    produces", "kind: wrok\n    by: executor\n    produces", "steps[2].kind", "fault.not_among"),
        ("    fork: preparing\n", "", "steps[4]", "fault.missing"),
        ("    by: head\n", "    by: head\n    outcome: granted\n", "steps[5]", "fault.out_of_place"),
        ("step: visit", "step: Visit", "steps[2].step", "fault.form"),
        ("use: filed\n    as: granted", "use: field\n    as: granted", "steps[6]", "block.unknown"),
        ("with: {outcome: granted}", "with: {result: granted}", "steps[6].with", "block.parameter_unknown"),
        ("    with: {outcome: granted}\n", "", "steps[6].with", "block.parameter_missing"),
        ("with: {outcome: granted}", "with: {outcome: 7}", "steps[6].filed[1].outcome", "fault.kind"),
        ("step: queries", "step: visit", "steps[3]", "fault.step_twice"),
        ("form:\n", "form:\n  use: [citizen]\n", "form.use[0]", "block.unknown"),
        ("{from: 2024-01-01}", "{from: 2023-02-29}", "valid.from", "fault.form"),
        ("{from: 2024-01-01}", '{from: "2024-01-01\\n"}', "valid.from", "fault.form"),
        ("version: 1", "version: 1.0", "version", "fault.kind"),
        ("count: 1, kind: mo", "count: 1.0, kind: mo", "terms.decision.count", "fault.kind"),
        ("with: {outcome: granted}", "with: {outcome: [granted]}", "steps[6].with.outcome", "fault.kind"),
        ("  - use: filed\n    as: granted\n    with: {outcome: granted}", "  - use: intake\n    as: granted\n    with: {complete: {a: b}}", "steps[6].with.complete", "fault.kind"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_named_by_its_place(old, new, path, message):
    assert (path, message) in faults(changed(old, new))


def test_a_fault_names_file_and_line():
    _, found = examined(changed("country: GE", "country: FR"), "town.yaml")
    assert (found[0].file, found[0].line) == ("town.yaml", 3)
    with pytest.raises(Invalid) as caught:
        read_route(changed("country: GE", "country: FR"), "town.yaml")
    assert caught.value.values["file"] == "town.yaml"
    assert caught.value.fields == {"country": "services.fault.not_among"}


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("then: preparing", "then: prepare", "opened", "check.step_unknown"),
        ("then: preparing", "then: decision", "preparing", "check.unreachable"),
        ("{answer: refuse, to: refused}", "{answer: refuse, to: decision}\n      - {answer: refuse, to: refused}", "decision", "check.never_taken"),
        ("      - {answer: grant, to: refused}\n", "", "decision", "check.undecided"),
        ("      - {answer: refuse, to: refused}\n", "", "decision", "check.undecided"),
        ("answer: refuse", "answer: no", "decision", "check.answer_unknown"),
        ("      - {to: queries}\n", "", "preparing", "check.fork_unsure"),
        ("produces: [visit_act]\n    then: prepared", "produces: [visit_act]\n    then: decision", "preparing", "check.leaves_without_join"),
        ("    fork: preparing", "    fork: visit", "prepared", "check.join_without_fork"),
        ("    fork: preparing", "    fork: visit", "preparing", "check.fork_without_join"),
        ("{answer: refuse, to: refused}", "{answer: refuse, to: queries}", "decision", "check.enters_parallel"),
        ("{answer: refuse, to: refused}", "{answer: refuse, to: refused, breaks_off: true}", "decision", "check.breaks_off_nothing"),
        ("by: head", "by: mayor", "decision", "check.party_unknown"),
        ("executor: {role: official, unit: social}", "executor: {kind: body, role: official}", "parties.executor", "check.party_role"),
        ("executor: {role: official, unit: social}", "executor: {role: official, unit: social}\n  commission: {role: commission_member}", "parties.commission", "check.unused"),
        ("produces: [visit_act]", "produces: [visit_act, home_act]", "home_act", "check.document_unknown"),
        ("    produces: [visit_act]\n", "", "documents.visit_act", "check.unused"),
        ("with: {outcome: refused}", "with: {outcome: denied}", "denied", "check.outcome_unknown"),
        ("term: decision, law", "term: deciding, law", "silence", "check.term_unknown"),
        ("effect: refused", "effect: approved", "silence", "check.silence_leads_nowhere"),
        ("term: decision, law: gac 177", "term: decision", "silence", "check.silence_without_law"),
        ("kind: mo, law: gac 100", "kind: mo", "terms.decision", "check.term_without_law"),
        ("kind: mo, law", "kind: mo, start: serve, law", "decision", "check.term_never_begins"),
        ("kind: mo, law", "kind: mo, extension: {limit: 3, kind: mo}, law", "terms.decision", "check.extension_by_nobody"),
        ("kind: mo, law", "kind: mo, instead: [{when: rating_score > 1, term: soon}], law", "terms.decision", "check.instead_unfit"),
        ("count: 1, kind: mo", "count: 231, kind: fixed", "", "terms.fixed_date_unknown"),
        ("law: gac 100", "law: gca 100", "terms.decision", "check.law_unknown"),
        ("    term: decision\n", "    timers: [{to: refused}]\n", "decision", "check.timer_without_term"),
        ("rating_score <= 57001", "score <= 57001", "decision", "condition.name_unknown"),
        ("rating_score <= 57001", "rating_score <= 'a'", "decision", "condition.unfit"),
        ("rating_score <= 57001", "open('x')", "decision", "condition.forbidden"),
        ("rating_score <= 57001", "assistance_kind == 'treatment' and assistance_kind > 5", "decision", "condition.unfit"),
        ("rating_score <= 57001", "99 < rating_score < 'a'", "decision", "condition.unfit"),
        ("rating_score <= 57001", "(1 if rating_score > 99 else -assistance_kind) == 1", "decision", "condition.unfit"),
        ("steps:\n", "fees: [{fee: house, amount: \"'a'\", law: fee 6}]\nsteps:\n", "fees.house", "condition.unfit"),
        ("steps:\n", "fees: [{fee: house, amount: \"('a', 1)\", law: fee 6}]\nsteps:\n", "fees.house", "condition.unfit"),
        ("steps:\n", "fees: [{fee: house, amount: rating_score > 1, law: fee 6}]\nsteps:\n", "fees.house", "condition.unfit"),
        ("steps:\n", "fees: [{fee: house, amount: 1e400 - 1e400, law: fee 6}]\nsteps:\n", "fees.house", "condition.unfit"),
        ("rating_score <= 57001", "assistance_kind == 'treatement'", "decision", "check.choice_unknown"),
        ("kind: number}", "kind: number, low: 9, high: 1}", "rating_score", "check.bounds"),
        ("    - {field: assist", "    - {field: rating_score, kind: text}\n    - {field: assist", "rating_score", "check.field_twice"),
        ("retention: social_assistance", "retention: for_ever", "retention", "check.retention_unknown"),
        ("by: [application]", "by: [yearly]", "opens", "check.yearly"),
        ("{from: 2024-01-01}", "{from: 2024-01-01, to: 2023-01-01}", "valid", "check.valid_backwards"),
        ("step: queries", "step: question_registers", "question_registers", "check.no_words"),
        ("steps:\n", "fees: [{fee: house, amount: rate * rating_score, rate: 5, ceiling: 4, law: fee 6}]\nsteps:\n", "fees.house", "check.fee_above_ceiling"),
        ("steps:\n", "fees: [{fee: house, amount: rate * area, ceiling: 4, law: fee 6}]\nsteps:\n", "fees.house", "condition.name_unknown"),
        ("steps:\n", "fees: [{fee: house, amount: rate * rating_score, ceiling: 4}]\nsteps:\n", "fees.house", "check.fee_without_law"),
    ],
)  # fmt: skip
def test_a_route_that_cannot_be_lived_with_is_refused(old, new, path, message):
    text = changed(old, new)
    if old in ("then: preparing", "step: queries"):
        text = text.replace("{to: queries}", "{to: question_registers}") if "question" in new else text
    assert (path, message.removeprefix("services.")) in [(p, m) for p, m in faults(text)]


def test_words_of_its_own_may_say_what_the_catalogue_does_not():
    text = changed("step: queries", "step: fetch_figures").replace("{to: queries}", "{to: fetch_figures}")
    assert faults(text) == [("fetch_figures", "check.no_words")]
    own = "words:\n  services.step.fetch_figures: {ka: მონაცემების მოთხოვნა}\n"
    assert faults(text + own) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [1]\nb: *x\n", "services.text.unreadable"),
        ("a: !!python/object/apply:os.system [ls]\n", "services.text.unreadable"),
        ("a: 1\na: 2\n", "services.text.unreadable"),
        ("[" * 1000, "services.text.unreadable"),
        ("a: {" * 30, "services.text.unreadable"),
        ("a: 1\n" + "#" * LARGEST, "services.text.too_large"),
        ("a: \x00", "services.text.unreadable"),
        ('a: "\\x01"', "services.text.unreadable"),
        ('a: "\\ud800"', "services.text.unreadable"),
        ('"\\e[2J": 1', "services.text.unreadable"),
        ("a: [" + ", ".join(f"{{b: {n}}}" for n in range(2000)) + "]", "services.text.unreadable"),
        ("{" + ", ".join(f"a{n}: 1" for n in range(2000)) + "}", "services.text.unreadable"),
        ("? [a, b]\n: c\n", "services.text.unreadable"),
        ("", "services.fault.kind"),
        ("- 1\n- 2\n", "services.fault.kind"),
        ("{}", "services.fault.missing"),
    ],
)
def test_hostile_text_is_refused_in_words(text, message):
    route, found = examined(text, "evil.yaml")
    assert route is None
    assert found[0].message == message


def test_words_of_yaml_stay_words():
    assert read_text("a: no\nb: on\nc: 2024-01-01\nd: 1:30\ne: 0x10\nf: true\ng: 12\n", "f").values == {
        "a": "no", "b": "on", "c": "2024-01-01", "d": "1:30", "e": "0x10", "f": True, "g": 12,
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    route, found = examined(text, "any.yaml")
    assert (route is None) == bool(found)
    assert all(known(f.message) for f in found)


LINES = ROUTE.splitlines(keepends=True)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "twice", "cut", "indent"]))
def test_a_slip_in_any_line_is_told_and_never_breaks_the_reader(at, slip):
    line = LINES[at]
    other = {"drop": "", "twice": line * 2, "cut": line[: len(line) // 2] + "\n", "indent": "  " + line}[slip]
    route, found = examined("".join([*LINES[:at], other, *LINES[at + 1 :]]), "slip.yaml")
    found = found or check(route, "slip.yaml")
    assert all(known(f.message) for f in found)


FIELDS = {
    "score": Field("score", FieldKind.NUMBER, ""),
    "kind": Field("kind", FieldKind.TEXT, ""),
    "yes": Field("yes", FieldKind.YES_NO, ""),
}


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ("score > 5", {"score": "5.5"}, True),
        ("score > 5", {}, False),
        ("not score > 5", {}, True),
        ("score != 5", {}, False),
        ("score / 0 > 1", {"score": 5}, False),
        ("score * 2 + 1 == 11 and kind in ('a', 'b')", {"score": 5, "kind": "b"}, True),
        ("1 < score <= 3", {"score": 3}, True),
        ("given(score, kind)", {"score": 3}, False),
        ("least(score, 2) == 2", {"score": 7}, True),
        ("yes", {"yes": True}, True),
        ("(1 if yes else 2) == 2", {"yes": False}, True),
        ("score > 5", {"score": "NaN"}, False),
    ],
)
def test_a_condition_is_decided_whatever_is_known(text, values, result):
    assert holds(text, FIELDS, values) is result


@pytest.mark.parametrize(
    "text",
    [
        "kind.upper()", "kind[0]", "__import__('os')", "score ** 9", "score << 9", "lambda: 1", "[s for s in kind]",
        "f'{kind}'", "given()", "given(*kind)", "rounded(value=1)", "(score := 1)", "{1: 2}", "b'x'", "given", "score; kind",
        "", "score >", "1 and " * 200 + "1", "(" * 200, "'a' * 3 + 1",
    ],
)  # fmt: skip
def test_a_condition_cannot_do_more(text):
    with pytest.raises(Invalid) as caught:
        holds(text, FIELDS, {"kind": "x", "score": 1})
    assert known(caught.value.message)


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet="scorekindyes ()<>=!andotif+-*/'0123456789.,%[]{}", max_size=60), st.sampled_from([None, 1, "2"])
)
def test_any_condition_is_decided_or_refused(text, score):
    try:
        assert holds(text, FIELDS, {"score": score, "kind": "k", "yes": True}) in (True, False)
    except Invalid as error:
        assert known(error.message)


def test_an_amount_is_exact():
    assert amount("rounded(rate * score)", FIELDS, {"score": "120.35"}, Decimal("3.9")) == Decimal("469.36")
    assert amount("rate * score", FIELDS, {}, Decimal(4)) is None


def test_functions_are_few_and_conditions_of_the_shipped_routes_are_read_once():
    assert set(FUNCTIONS) == {"given", "least", "most", "rounded"}
    conditions = {b.when for r in shipped() for s in r.steps.values() for b in s.branches}
    assert all(parsed(c) is parsed(c) for c in conditions)
