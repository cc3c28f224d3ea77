"""What makes a route wrong although it is well formed: found when it is read in, never by a citizen in the middle of it.

Everything is a `Fault` whose path is the step or the part it is about. A route without faults always leads on or ends,
decides every condition, meets again after every fork, and counts only terms whose beginning has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import combinations

from edms.errors import Invalid
from edms.retention.schedule import schedule
from edms.services.checking_forms import form_faults
from edms.services.checking_rules import rule_faults
from edms.services.checking_terms import term_faults
from edms.services.conditions import parsed
from edms.services.definition import Route, Step
from edms.services.graph import edges, ending, entries, inside, join_of, reached
from edms.services.kinds import FieldKind, Opening, PartyKind, StepKind
from edms.services.messages import unsaid
from edms.services.reading import Fault
from edms.terms.term import Silence

Found = Iterator[tuple[str, str, Mapping[str, object]]]


def check(route: Route, file: str = "") -> list[Fault]:
    """All that is wrong with this route. `file` is named in the faults."""
    targets = list(_targets(route))
    found = targets or [f for check in _CHECKS for f in check(route)]
    return [Fault(file or route.key, path, _message(what), values) for path, what, values in found]


def _message(what: str) -> str:
    return f"services.{what}" if what.startswith("condition.") else f"services.check.{what}"


def overlaps(routes: Iterable[Route]) -> list[tuple[Route, Route]]:
    """Pairs of versions of one service and country of which some day has both. A town's own replaces the shipped."""
    pairs = combinations(sorted(routes, key=lambda r: (r.key, r.valid_from)), 2)
    return [(a, b) for a, b in pairs if (a.name, a.country) == (b.name, b.country) and _meet(a, b)]


def _meet(a: Route, b: Route) -> bool:
    return (b.valid_to is None or a.valid_from <= b.valid_to) and (a.valid_to is None or b.valid_from <= a.valid_to)


def _targets(route: Route) -> Found:
    """References to steps that are not there: with one of these nothing else can be judged."""
    for step in route.steps.values():
        named = [*(e.to for e in edges(step)), *step.other_than, *([step.fork] if step.fork else [])]
        yield from ((step.id, "step_unknown", {"name": n}) for n in named if n not in route.steps)
    if route.silence.to is not None and route.silence.to not in route.steps:
        yield "silence", "step_unknown", {"name": route.silence.to}
    for limit in route.limits:
        if limit.to not in route.steps:
            yield f"limits.{limit.name}", "step_unknown", {"name": limit.to}
    for fee in route.fees:
        if fee.before is not None and fee.before not in route.steps:
            yield f"fees.{fee.name}", "step_unknown", {"name": fee.before}


def _course(route: Route) -> Found:
    """Every step is come to and leads to an end; the first is the only start."""
    come, lead = reached(route, entries(route)), ending(route)
    for step in route.steps.values():
        if step.id not in come:
            yield step.id, "unreachable", {}
        if step.id not in lead:
            yield step.id, "no_end", {}
        if (step.kind is StepKind.START) != (step.id == route.start):
            yield step.id, "start", {}


def _rounds(route: Route) -> Found:
    """What was settled when the case began decides the same each time: the way that it takes does not lead back for ever."""
    for step in route.steps.values():
        settled = not step.answers and step.kind is not StepKind.FORK and len(step.branches) > 1
        for branch in step.branches if settled else ():
            others = {each.to for each in step.branches} - {branch.to}
            round_ = reached(route, [branch.to]) if step.id in reached(route, [branch.to]) else frozenset()
            asked = {field.name for name in round_ for field in route.steps[name].asks}
            decides = {name for each in step.branches for name in _names(each.when)}
            if round_ and not decides & asked and not _ends(route, branch.to, step.id, others):
                yield step.id, "no_end", {}


def _names(condition: str) -> frozenset[str]:
    try:
        return frozenset(parsed(condition).names)
    except Invalid:
        return frozenset()  # said where conditions are looked at


def _ends(route: Route, begin: str, choice: str, never: Collection[str]) -> bool:
    """Is an end come to from here, where the choice never leads to these?"""
    found, waiting = {begin}, [begin]
    while waiting:
        here = route.steps[waiting.pop()]
        if here.kind is StepKind.END:
            return True
        ways = {e.to for e in edges(here) if here.id != choice or e.to not in never} - found
        found |= ways
        waiting += ways
    return False


def _branches(route: Route) -> Found:
    """Whatever is answered and known, a branch is taken; none is written that never is."""
    for step in route.steps.values():
        for branch in step.branches:
            if branch.answer is not None and branch.answer not in step.answers:
                yield step.id, "answer_unknown", {"answer": branch.answer}
        if step.kind is StepKind.FORK:
            sure = [b for b in step.branches if b.when == "True"]
            if len(step.branches) < 2 or not sure:
                yield step.id, "fork_unsure", {}
            continue
        if step.kind is StepKind.END:
            continue
        for answer in step.answers or (None,):
            fitting = [b for b in step.branches if b.answer in (None, answer)]
            if not any(b.when == "True" for b in fitting):
                yield step.id, "undecided", {"answer": answer or ""}
        if (never := _never_taken(step)) is not None:
            yield step.id, "never_taken", {"name": never}


def _never_taken(step: Step) -> str | None:
    sure: set[str | None] = set()
    for branch in step.branches:
        if branch.answer in sure or None in sure:
            return branch.to
        if branch.when == "True":
            sure.add(branch.answer)
    return None


def _parallel(route: Route) -> Found:
    """Every fork has its join; what it began comes there, leaves by breaking off, and is entered by the fork alone."""
    regions = {s.id: inside(route, s) for s in route.steps.values() if s.kind is StepKind.FORK}
    for step in route.steps.values():
        if step.kind is StepKind.JOIN and (step.fork is None or route.steps[step.fork].kind is not StepKind.FORK):
            yield step.id, "join_without_fork", {"name": step.fork or ""}
    for fork, region in regions.items():
        join = join_of(route, route.steps[fork])
        if join is None:
            yield fork, "fork_without_join", {}
            continue
        for branch in route.steps[fork].branches:
            if branch.to != join.id and join.id not in reached(route, [branch.to]):
                yield fork, "branch_misses_join", {"name": branch.to}
        for name in sorted(region):
            if route.steps[name].kind is StepKind.END or name == fork:
                yield fork, "leaves_without_join", {"name": name}
        yield from _entered(route, fork, region, join.id)
    for step in route.steps.values():
        for edge in edges(step):
            around = [r for r in regions.values() if step.id in r]
            if edge.breaks_off and (not around or any(edge.to in r for r in around)):
                yield step.id, "breaks_off_nothing", {"name": edge.to}


def _entered(route: Route, fork: str, region: frozenset[str], join: str) -> Found:
    for step in route.steps.values():
        for edge in edges(step):
            if edge.to in region and step.id not in region and step.id != fork:
                yield step.id, "enters_parallel", {"name": edge.to}
            if edge.to == join and step.id not in region and step.id != fork:
                yield step.id, "enters_parallel", {"name": edge.to}
    for name in entries(route):
        if name in region:
            yield name, "enters_parallel", {"name": name}


def _people(route: Route) -> Found:
    """Parties are known and are what their steps need."""
    for step in route.steps.values():
        named = [*([step.party] if step.party else []), *step.beside, *step.visas]
        yield from ((step.id, "party_unknown", {"name": n}) for n in named if n not in route.parties)
        acts = route.parties.get(step.party or "")
        if step.kind in (StepKind.SIGN, StepKind.SERVE) and acts and acts.kind is not PartyKind.OFFICIAL:
            yield step.id, "not_an_official", {"name": acts.name}
    for name, party in route.parties.items():
        if (party.kind is PartyKind.OFFICIAL) != (party.role is not None):
            yield f"parties.{name}", "party_role", {}
    used = {n for s in route.steps.values() for n in (s.party, *s.beside, *s.visas)}
    used |= {t.extended_by for t in route.terms.values()}
    yield from ((f"parties.{n}", "unused", {}) for n in route.parties if n not in used)


def _papers(route: Route) -> Found:
    """Documents and outcomes are known and used; sittings and effects make sense."""
    produced: set[str | None] = {n for s in route.steps.values() for n in s.produces}
    produced |= {t.extension_act for t in route.terms.values()} - {None}
    yield from ((str(n), "document_unknown", {"name": n}) for n in produced if n not in route.documents)
    yield from ((f"documents.{n}", "unused", {}) for n in route.documents if n not in produced)
    ends = {s.outcome for s in route.steps.values() if s.kind is StepKind.END}
    yield from ((str(n), "outcome_unknown", {"name": n}) for n in ends if n not in route.outcomes)
    yield from ((f"outcomes.{n}", "unused", {}) for n in route.outcomes if n not in ends)
    fields = route.fields
    for step in route.steps.values():
        if step.sitting is not None and not (0 < step.sitting.quorum <= 1 and 0 < step.sitting.majority <= 1):
            yield step.id, "sitting", {}
        said = [step.sitting.no_quorum, step.sitting.not_carried] if step.sitting is not None else []
        yield from ((step.id, "answer_unknown", {"answer": n}) for n in said if n is not None and n not in step.answers)
    for name in fields:
        asking = [s for s in route.steps.values() if any(f.name == name for f in s.asks)]
        known = {answer for s in asking for answer in s.answers}
        yield from ((name, "answer_unknown", {"answer": n}) for n in fields[name].needed_for if n not in known)
        for effect in step.effects:
            if effect.field not in fields or fields[effect.field].kind is not FieldKind.CASE:
                yield step.id, "effect_field", {"name": effect.field}
        if step.ends_with is not None and (step.kind is not StepKind.WORK or step.asks):
            yield step.id, "ends_with", {}


def _silence(route: Route) -> Found:
    """What silence means is said, and where it leads."""
    rule = route.silence
    if rule.effect is Silence.NONE and rule.term is None:
        return
    if rule.term not in route.terms:
        yield "silence", "term_unknown", {"name": rule.term or ""}
    if rule.effect is Silence.APPROVED and rule.to is None:
        yield "silence", "silence_leads_nowhere", {}
    if rule.law is None and rule.effect is not Silence.NONE:
        yield "silence", "silence_without_law", {}


def _opening(route: Route) -> Found:
    by_application = Opening.APPLICATION in route.opens.ways
    if by_application and not route.form.fields:
        yield "form", "form_empty", {}
    if (Opening.YEARLY in route.opens.ways) != (route.opens.yearly is not None):
        yield "opens", "yearly", {}
    if route.valid_to is not None and route.valid_to < route.valid_from:
        yield "valid", "valid_backwards", {}


def _retention(route: Route) -> Found:
    kept = {line.name for line in schedule(route.country)}
    named = {"retention": route.retention}
    named |= {f"outcomes.{n}": o.retention for n, o in route.outcomes.items() if o.retention is not None}
    yield from ((path, "retention_unknown", {"name": name}) for path, name in named.items() if name not in kept)


def _words(route: Route) -> Found:
    yield from ((path, "no_words", {"name": message}) for path, message in dict.fromkeys(unsaid(route)))


_CHECKS: tuple[Callable[[Route], Found], ...] = (
    _course,
    _rounds,
    _branches,
    _parallel,
    _people,
    _papers,
    _silence,
    _opening,
    term_faults,
    form_faults,
    rule_faults,
    _retention,
    _words,
)
