"""The seven error families. Rooms raise them, web maps them once, workers retry Unavailable and stale rows.

An error carries a message id of the catalogue and values, never a sentence: the sentence is made where the
reader's language is known (`edms.words`). `fields` names what is wrong where: field name to message id.
"""

from __future__ import annotations

from collections.abc import Mapping


class EdmsError(Exception):
    """Something a person can be told about: a message id, its values, and the fields it is about."""

    default = "error.unknown"

    def __init__(
        self, message: str | None = None, /, fields: Mapping[str, str] | None = None, **values: object
    ) -> None:
        self.message = message or self.default
        self.fields = dict(fields or {})
        self.values = values
        super().__init__(self.message)

    def __str__(self) -> str:
        facts = {**self.fields, **self.values}
        return self.message + (f" {facts}" if facts else "")


class NotFound(EdmsError):
    """There is no such thing, or none that this reader may know of: the two look the same from outside."""

    default = "error.not_found"


class Forbidden(EdmsError):
    """The reader may know of the thing but not do this with it."""

    default = "error.forbidden"


class Invalid(EdmsError):
    """What was entered cannot be accepted; `fields` says where and why."""

    default = "error.invalid"


class RuleBroken(EdmsError):
    """The step is not allowed in this state; the message says which rule and what to do instead."""

    default = "error.rule_broken"


class Conflict(EdmsError):
    """Somebody was here first: a stale edit, the same arrival twice."""

    default = "error.conflict"


class Unavailable(EdmsError):
    """A store, index, time authority or mail server does not answer now; trying again later may help."""

    default = "error.unavailable"


class Corrupt(EdmsError):
    """Bytes, a signature or the ledger do not match what was recorded. Never served, always raised as an alarm."""

    default = "error.corrupt"
