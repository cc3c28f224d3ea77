"""The legal clock: calendars, terms, and what a term comes to on the calendar, with its reasons.

Pure: values in, values out; no database, no words (message ids and values only), no asking for the time.
"""

from __future__ import annotations

from edms.terms.calendar import ARMENIA, GEORGIA, Calendar, for_country
from edms.terms.counting import Due, Step, days_stood, due
from edms.terms.decisions import DeclaredDay, decided
from edms.terms.explaining import explain
from edms.terms.extending import check_extension, latest_request
from edms.terms.left import Remaining, remaining, say
from edms.terms.reminding import reminders
from edms.terms.table import TABLE, default_term, named
from edms.terms.term import Cause, Extension, ExtensionRule, Interval, Kind, Law, Silence, Start, Term

__all__ = [
    "ARMENIA",
    "GEORGIA",
    "TABLE",
    "Calendar",
    "Cause",
    "DeclaredDay",
    "Due",
    "Extension",
    "ExtensionRule",
    "Interval",
    "Kind",
    "Law",
    "Remaining",
    "Silence",
    "Start",
    "Step",
    "Term",
    "check_extension",
    "days_stood",
    "decided",
    "default_term",
    "due",
    "explain",
    "for_country",
    "latest_request",
    "named",
    "remaining",
    "reminders",
    "say",
]
