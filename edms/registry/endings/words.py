"""What is not registered, and what can be wrong with a parcel."""

from __future__ import annotations

from enum import StrEnum


class ItemKind(StrEnum):
    """What is not registered (D414 art. 33)."""

    ADVERTISING = "advertising"
    GREETING = "greeting"
    INVITATION = "invitation"
    NEWSPAPER = "newspaper"  # magazines too
    BOOK = "book"
    STATISTICAL_DIGEST = "statistical_digest"
    OTHER = "other"  # says in the remark what it is


class Fault(StrEnum):
    """What is found wrong when a parcel is opened; the act in three copies names it (D414 art. 33)."""

    TORN = "torn"
    WET = "wet"
    OPENED = "opened"  # the cover or seal was broken before it reached us
    EMPTY = "empty"
    MISSING_SHEETS = "missing_sheets"
    MISSING_ANNEX = "missing_annex"
    DIFFERS_FROM_LIST = "differs_from_list"  # what lies in it is not what its list says
    OTHER = "other"  # says in the description what it is
