"""The retention schedule as data: what is kept how long, counted from what, and what happens then, with the article.

`stated` is false where no list at hand states the period. A list is not yet a decision: the office takes its periods over
line by line, by its nomenclature that was agreed with the archive (decree 414/1999, 46-49) and its expert commission,
and only then may a class lead to destruction (`confirmed`). Where a list gives a range, the longest stands. Order 72/2010 is Georgia's typical list, order 362/2007 the transfer terms of its archives; Armenia's
periods follow its model list 397-N.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from edms.errors import Invalid, RuleBroken
from edms.terms.term import Law


class Trigger(StrEnum):
    """The day a period is counted from (its year; the count begins on 1 January of the next)."""

    CASE_CLOSED = "case_closed"
    YEAR_END = "year_end"
    DISMISSAL = "dismissal"
    REGISTER_CLOSED = "register_closed"
    ANSWERED = "answered"
    LAST_PAYMENT = "last_payment"
    COMMISSIONED = "commissioned"  # or the permit lapsed
    APPEAL_OVER = "appeal_over"
    DECIDED = "decided"
    DISPOSED = "disposed"  # the object left municipal property
    FULFILLED = "fulfilled"
    LIMITATION_OVER = "limitation_over"
    EXECUTED = "executed"  # or terminated
    JOURNAL_FULL = "journal_full"  # and audited
    ADOPTED = "adopted"
    AUDIT_CLOSED = "audit_closed"
    EXPIRED = "expired"  # and settled
    REVOKED = "revoked"


class Action(StrEnum):
    """What happens when the period is over."""

    DESTROY = "destroy"
    REVIEW = "review"  # the expert commission decides
    TRANSFER = "transfer"
    KEEP = "keep"  # never destroyed
    WITH_RECORD = "with_record"  # as the record it belongs to


@dataclass(frozen=True)
class RetentionClass:
    """A line of the schedule. `years` None is permanent; `at_least` means "until no longer needed, at least".

    `transfer_years` is when the archive takes it over, `commission` the mark of the verification commission (its
    decision goes to the archive authority). `name` ends a message id (`retention.class.<name>`).
    """

    name: str
    years: int | None
    trigger: Trigger
    action: Action
    law: Law
    transfer_years: int | None = None
    commission: bool = False
    at_least: bool = False
    stated: bool = True
    confirmed: bool = False  # by the office, with its ground: see `edms.retention.confirming`

    @property
    def permanent(self) -> bool:
        """Kept for ever, here or in the archive."""
        return self.years is None and self.action is not Action.WITH_RECORD

    def lengthened(self, years: int | None) -> RetentionClass:
        """The same class with a period of its own. Errors: RuleBroken for a shorter one (order 72: never shortened)."""
        if self.years is None and years is not None:
            raise RuleBroken("retention.never_shorter_than_permanent", fields={"years": "retention.never_shorter"})
        if years is not None and self.years is not None and years < self.years:
            raise RuleBroken("retention.never_shorter_than", n=self.years, fields={"years": "retention.never_shorter"})
        return replace(self, years=years)


_O72, _PO, _PROPOSED = Law("o72"), Law("po"), Law("proposed")
_O362 = Law("o362")
_C, _T, _A = RetentionClass, Trigger, Action

_GEORGIAN = (
    _C("council_acts", None, _T.CASE_CLOSED, _A.TRANSFER, _O362, transfer_years=10),
    _C("orders", None, _T.YEAR_END, _A.TRANSFER, _O362, transfer_years=10),
    _C("personnel", 75, _T.DISMISSAL, _A.REVIEW, _PO, transfer_years=75),
    _C("leave_orders", 5, _T.YEAR_END, _A.DESTROY, _PO),
    _C("nomenclature", None, _T.YEAR_END, _A.KEEP, Law("d414", "46–57")),
    _C("registers", 5, _T.REGISTER_CLOSED, _A.DESTROY, _PO),
    _C("dispatch_lists", 3, _T.REGISTER_CLOSED, _A.DESTROY, _PO),
    _C("applications", 5, _T.ANSWERED, _A.REVIEW, _PO, commission=True),
    _C("applications_personal", 3, _T.ANSWERED, _A.REVIEW, _PROPOSED, commission=True, stated=False),
    _C("information_requests", 5, _T.ANSWERED, _A.REVIEW, _PROPOSED, stated=False),
    _C("correspondence", 5, _T.YEAR_END, _A.DESTROY, _PO),
    _C("social_assistance", 5, _T.LAST_PAYMENT, _A.DESTROY, _PROPOSED, stated=False),
    _C("permits", None, _T.COMMISSIONED, _A.TRANSFER, _O362, transfer_years=20),
    _C("permits_refused", 5, _T.APPEAL_OVER, _A.DESTROY, _PROPOSED, stated=False),
    _C("legalization", None, _T.DECIDED, _A.TRANSFER, _PROPOSED, transfer_years=20, stated=False),
    _C("property", None, _T.DISPOSED, _A.TRANSFER, _PROPOSED, transfer_years=10, stated=False),
    _C("privatization", None, _T.FULFILLED, _A.TRANSFER, _O362, transfer_years=10),
    _C("housing_privatization", None, _T.FULFILLED, _A.TRANSFER, _O362, transfer_years=75),
    _C("losing_bidders", 3, _T.LIMITATION_OVER, _A.DESTROY, Law("lsg", "120")),
    _C("offences", 3, _T.EXECUTED, _A.DESTROY, _PROPOSED, stated=False),
    _C("offences_unpaid", 5, _T.EXECUTED, _A.DESTROY, _PROPOSED, stated=False),
    _C("blanks_journal", 5, _T.JOURNAL_FULL, _A.DESTROY, _PROPOSED, stated=False),
    _C("budgets", None, _T.YEAR_END, _A.TRANSFER, _PO, transfer_years=10),
    _C("assemblies", None, _T.ADOPTED, _A.TRANSFER, _PROPOSED, transfer_years=10, stated=False),
    _C("surveys", 5, _T.ADOPTED, _A.DESTROY, _PROPOSED, stated=False),
    _C("accounting", 10, _T.AUDIT_CLOSED, _A.DESTROY, _PO),
    _C("contracts", 10, _T.EXPIRED, _A.REVIEW, _PROPOSED, stated=False),
    _C("for_reference", 1, _T.YEAR_END, _A.DESTROY, _O72, at_least=True),
    _C("validation_data", None, _T.CASE_CLOSED, _A.WITH_RECORD, Law("edl", "4, 7")),
    _C("certificates", 6, _T.REVOKED, _A.DESTROY, Law("edl", "7")),
    _C("access_logs", None, _T.CASE_CLOSED, _A.WITH_RECORD, Law("pdp")),
)

# The model list is not loaded: the periods are those of Georgia, to be confirmed line by line.
_ARMENIAN = tuple(
    replace(line, law=Law("am_397"), stated=False, years=6 if line.name == "accounting" else line.years)
    for line in _GEORGIAN
)

SCHEDULES = MappingProxyType({"GE": _GEORGIAN, "AM": _ARMENIAN})


def schedule(country: str) -> tuple[RetentionClass, ...]:
    """The schedule an organisation of this country starts from. Errors: Invalid for another country."""
    try:
        return SCHEDULES[country]
    except KeyError:
        raise Invalid("retention.country_unknown", country=country) from None


def retention_class(name: str, country: str = "GE") -> RetentionClass:
    """The class of this name. Errors: Invalid for a name the schedule does not know."""
    for line in schedule(country):
        if line.name == name:
            return line
    raise Invalid("retention.class_unknown", fields={"class": "retention.class_unknown"}, name=name)
