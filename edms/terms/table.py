"""The terms every chancellery needs, by name, as data with their articles. Routes bring their own.

A name is `<country>.<what>`; `terms.name.<name>` in the catalogue says it in words. GAC is Georgia's General
Administrative Code, D414 the unified records rules of 1999; Armenia's terms follow its administrative procedure law.
"""

from __future__ import annotations

from types import MappingProxyType

from edms.errors import Invalid
from edms.terms.term import Cause, ExtensionRule, Kind, Law, Silence, Start, Term

_REFUSED = Law("gac", "177")
_THREE_MONTHS = ExtensionRule(3, Kind.MONTH, from_start=True, law=Law("gac", "100"))
_THREE_DAYS_BEFORE = ExtensionRule(1, Kind.MONTH, request_days=3, law=Law("local"))
_BODIES = frozenset({Cause.OTHER_BODY})
_NOTHING: frozenset[Cause] = frozenset()

TABLE = MappingProxyType(
    {
        "ge.letter": Term(
            1, Kind.MONTH, extension=_THREE_MONTHS, silence=Silence.REFUSED, silence_law=_REFUSED, law=Law("gac", "100")
        ),
        "ge.decision_alone": Term(  # nobody else's interest is touched
            15,
            Kind.WORKING,
            extension=_THREE_MONTHS,
            silence=Silence.REFUSED,
            silence_law=_REFUSED,
            law=Law("gac", "100"),
        ),
        "ge.information": Term(
            10, Kind.WORKING, suspended_by=_NOTHING, silence=Silence.REFUSED, silence_law=_REFUSED, law=Law("gac", "40")
        ),
        "ge.information_reasons": Term(3, Kind.WORKING, Start.DECIDED, suspended_by=_NOTHING, law=Law("gac", "41")),
        "ge.personal_data": Term(10, Kind.CALENDAR, suspended_by=_NOTHING, law=Law("pdp", "21")),
        "ge.forwarding": Term(5, Kind.WORKING, suspended_by=_NOTHING, law=Law("gac", "80")),
        "ge.forwarding_notice": Term(2, Kind.WORKING, Start.DECIDED, suspended_by=_NOTHING, law=Law("gac", "80")),
        "ge.court_return": Term(5, Kind.WORKING, suspended_by=_NOTHING, law=Law("gac", "80")),
        "ge.completeness": Term(3, Kind.WORKING, suspended_by=_NOTHING, law=Law("gac", "83")),
        "ge.deficiency": Term(
            5,
            Kind.WORKING,
            Start.SERVED,
            suspended_by=_NOTHING,
            extension=ExtensionRule(15, Kind.WORKING, law=Law("gac", "83")),
            law=Law("gac", "83"),
        ),
        "ge.other_body_copy": Term(3, Kind.WORKING, suspended_by=_NOTHING, law=Law("gac", "84")),
        "ge.other_body_opinion": Term(2, Kind.WEEK, Start.REQUESTED, suspended_by=_NOTHING, law=Law("gac", "84")),
        "ge.hearing_notice": Term(7, Kind.CALENDAR, Start.SERVED, suspended_by=_NOTHING, law=Law("gac", "101")),
        "ge.public_opinions": Term(
            20, Kind.CALENDAR, Start.ANNOUNCED, suspended_by=_NOTHING, law=Law("gac", "115–121")
        ),
        "ge.complaint_filing": Term(1, Kind.MONTH, Start.SERVED, suspended_by=_NOTHING, law=Law("gac", "180")),
        "ge.complaint_admission": Term(5, Kind.WORKING, law=Law("gac", "182")),
        "ge.complaint": Term(
            1,
            Kind.MONTH,
            extension=ExtensionRule(1, Kind.MONTH, law=Law("gac", "183")),
            silence=Silence.REFUSED,
            silence_law=_REFUSED,
            law=Law("gac", "183"),
        ),
        "ge.restoring": Term(15, Kind.WORKING, Start.CAUSE_ENDED, suspended_by=_NOTHING, law=Law("gac", "94")),
        "ge.resolution": Term(1, Kind.WORKING, suspended_by=_NOTHING, law=Law("d414", "33")),
        "ge.draft_answer": Term(
            3, Kind.CALENDAR, Start.SIGNED, suspended_by=_NOTHING, extension=_THREE_DAYS_BEFORE, law=Law("local")
        ),
        "ge.draft_answer_studied": Term(
            10, Kind.CALENDAR, Start.SIGNED, suspended_by=_NOTHING, extension=_THREE_DAYS_BEFORE, law=Law("local")
        ),
        "ge.assignment": Term(  # an internal order: calendar days from its signature
            10, Kind.CALENDAR, Start.SIGNED, suspended_by=_NOTHING, extension=_THREE_DAYS_BEFORE, law=Law("d414", "43")
        ),
        "ge.dispatch": Term(2, Kind.WORKING, Start.SIGNED, suspended_by=_NOTHING, law=Law("d414", "34")),
        "ge.posted": Term(7, Kind.CALENDAR, Start.PREVIOUS, suspended_by=_NOTHING, law=Law("gac", "58")),
        "am.letter": Term(30, Kind.CALENDAR, excludes=_BODIES, law=Law("am_apl")),
        # The applicant is told in the same three days; the law's text was not at hand when this was written.
        "am.forwarding": Term(3, Kind.CALENDAR, suspended_by=_NOTHING, law=Law("am_apl")),
        "am.forwarding_notice": Term(3, Kind.CALENDAR, suspended_by=_NOTHING, law=Law("am_apl")),
        "am.information": Term(5, Kind.CALENDAR, suspended_by=_NOTHING, law=Law("am_foi")),
        "am.information_noticed": Term(30, Kind.CALENDAR, suspended_by=_NOTHING, law=Law("am_foi")),
        "am.complaint_filing": Term(1, Kind.MONTH, Start.SERVED, suspended_by=_NOTHING, law=Law("am_apl")),
        "am.draft_answer": Term(3, Kind.CALENDAR, Start.SIGNED, extension=_THREE_DAYS_BEFORE, law=Law("local")),
        "am.assignment": Term(10, Kind.CALENDAR, Start.SIGNED, extension=_THREE_DAYS_BEFORE, law=Law("local")),
    }
)


def named(name: str) -> Term:
    """The term of this name, such as `ge.letter`. Errors: Invalid for a name the table does not know."""
    try:
        return TABLE[name]
    except KeyError:
        raise Invalid("terms.name_unknown", fields={"term": "terms.name_unknown"}, name=name) from None


def default_term(country: str, what: str) -> Term:
    """A country's term for `what`: letter, information, complaint_filing, draft_answer, assignment."""
    return named(f"{country.lower()}.{what}")
