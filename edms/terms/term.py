"""A term as a value: how long, in which days, from what, what stops it, who may extend it, what silence means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from edms.errors import Invalid

LONGEST = 10_000
"""No law knows a longer count of days or months; a larger one is a slip of the keyboard."""


class Kind(StrEnum):
    """The days in which a term is counted."""

    WORKING = "wd"
    CALENDAR = "cd"
    WEEK = "wk"  # calendar days by seven; ends on the same weekday
    MONTH = "mo"  # ends on the same date, or on the month's last day
    FIXED = "fixed"  # a date of the year, such as 1 March


class Start(StrEnum):
    """The event that a term runs from. The day of the event is never counted (GAC 94, CPC 60)."""

    REGISTERED = "reg"
    COMPLETE = "compl"
    SERVED = "serve"
    DECIDED = "dec"
    PREVIOUS = "prev"
    SIGNED = "signed"  # the resolution was signed
    REQUESTED = "request"
    CAUSE_ENDED = "cause"  # what kept a party from acting is over
    ANNOUNCED = "announced"
    PROTOCOL = "protocol"
    CONTRACT = "contract"
    PAID = "paid"
    REMITTED = "remitted"  # a complaint was decided so that the matter is to be decided anew
    OFFENCE = "offence"  # the day on which it was committed


class Cause(StrEnum):
    """Why the clock stands, skips days or begins anew."""

    DEFICIENCY = "deficiency"  # the applicant cures a deficiency (GAC 83)
    OTHER_BODY = "other_body"  # another body gives its opinion
    SURVEY = "survey"  # surveys, tests or works were demanded
    APPEAL = "appeal"  # a complaint suspends the act (GAC 184)
    APPLICANT = "applicant"  # at the applicant's own request


class Silence(StrEnum):
    """What follows when the term passes without a decision."""

    NONE = "none"
    REFUSED = "refused"  # GAC 177: missed term counts as a refusal, which can be appealed
    APPROVED = "approved"  # where a special law says so
    AGREED = "agreed"  # a body that was asked and did not answer


@dataclass(frozen=True)
class Law:
    """Where a rule stands: an act known to the catalogue (`terms.law.<act>`) and its article.

    The act "titled" shows `title`, for local rules that a catalogue cannot know.
    """

    act: str
    article: str = ""
    title: str = ""

    def to_json(self) -> dict[str, str]:
        """The citation as JSON values."""
        return {name: value for name in ("act", "article", "title") if (value := getattr(self, name))}


@dataclass(frozen=True)
class ExtensionRule:
    """How far a term may be extended: by `limit` in all, or up to `limit` from its start when `from_start`.

    `request_days` calendar days before the due date is the last day to ask for it.
    """

    limit: int
    kind: Kind
    from_start: bool = False
    request_days: int = 0
    law: Law | None = None


@dataclass(frozen=True)
class Extension:
    """An extension that was granted: so many days, weeks or months more."""

    count: int
    kind: Kind
    decided_on: date

    def to_json(self) -> dict[str, Any]:
        """The extension as JSON values."""
        return {"count": self.count, "kind": self.kind.value, "decided_on": self.decided_on.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The extension that `to_json` wrote."""
        return cls(int(data["count"]), Kind(data["kind"]), date.fromisoformat(data["decided_on"]))


@dataclass(frozen=True)
class Interval:
    """A time in the course of a case: the days after `since`, up to and with `until`; open while `until` is None.

    So a deficiency letter served on the 7th and cured on the 22nd leaves the 7th counted and starts again on the 23rd.
    """

    cause: Cause
    since: date
    until: date | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until < self.since:
            raise Invalid("terms.interval_backwards", since=self.since, until=self.until)

    def to_json(self) -> dict[str, Any]:
        """The interval as JSON values."""
        until = self.until.isoformat() if self.until else None
        return {"cause": self.cause.value, "since": self.since.isoformat(), "until": until}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The interval that `to_json` wrote."""
        until = date.fromisoformat(data["until"]) if data.get("until") else None
        return cls(Cause(data["cause"]), date.fromisoformat(data["since"]), until)


@dataclass(frozen=True)
class Term:
    """A legal term. `excludes`, `suspended_by` and `restarted_by` say which intervals of a case matter to it.

    `count` is of `kind`; for Kind.FIXED it is month * 100 + day (1115 is 15 November).
    """

    count: int
    kind: Kind
    start: Start = Start.REGISTERED
    excludes: frozenset[Cause] = frozenset()
    suspended_by: frozenset[Cause] = frozenset({Cause.DEFICIENCY})
    restarted_by: frozenset[Cause] = frozenset()
    extension: ExtensionRule | None = None
    silence: Silence = Silence.NONE
    silence_law: Law | None = None
    law: Law | None = None

    def __post_init__(self) -> None:
        if self.count < 0:
            raise Invalid("terms.count_negative", fields={"count": "terms.count_negative"})
        if self.count > LONGEST:
            raise Invalid("terms.count_too_large", fields={"count": "terms.count_too_large"})
        if self.kind is Kind.FIXED:
            try:
                date(2000, *divmod(self.count, 100))
            except ValueError:
                raise Invalid("terms.fixed_date_unknown", fields={"count": "terms.fixed_date_unknown"}) from None

    def to_json(self) -> dict[str, Any]:
        """The term as JSON values, to be kept with a case: a case keeps the term of its own day."""
        rule = self.extension
        return {
            "count": self.count,
            "kind": self.kind.value,
            "start": self.start.value,
            "excludes": sorted(self.excludes),
            "suspended_by": sorted(self.suspended_by),
            "restarted_by": sorted(self.restarted_by),
            "extension": rule
            and {
                "limit": rule.limit,
                "kind": rule.kind.value,
                "from_start": rule.from_start,
                "request_days": rule.request_days,
                "law": rule.law and rule.law.to_json(),
            },
            "silence": self.silence.value,
            "silence_law": self.silence_law and self.silence_law.to_json(),
            "law": self.law and self.law.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The term that `to_json` wrote. Errors: Invalid when it is not one."""
        try:
            rule = data.get("extension")
            return cls(
                count=int(data["count"]),
                kind=Kind(data["kind"]),
                start=Start(data["start"]),
                excludes=frozenset(map(Cause, data["excludes"])),
                suspended_by=frozenset(map(Cause, data["suspended_by"])),
                restarted_by=frozenset(map(Cause, data["restarted_by"])),
                extension=ExtensionRule(**{**rule, "kind": Kind(rule["kind"]), "law": _law(rule["law"])})
                if rule
                else None,
                silence=Silence(data["silence"]),
                silence_law=_law(data.get("silence_law")),
                law=_law(data.get("law")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Invalid("terms.term_unreadable", detail=str(error)) from None


def _law(data: Mapping[str, str] | None) -> Law | None:
    return Law(**data) if data else None
