"""Says a counted term in messages: each step of the count, then the articles it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edms.terms.counting import Due
from edms.terms.term import Law

Message = tuple[str, Mapping[str, object]]


def explain(due: Due) -> list[Message]:
    """The reasons of a due date, in order, as message ids of the catalogue with their values.

    Days are dates, numbers are ints: the reader's language formats them. An article follows the step that rests on
    it, and is cited once.
    """
    return list(_told(due))


def _told(due: Due) -> Iterator[Message]:
    cited: set[Law] = set()
    for step in due.steps:
        yield step.message, step.values
        for law in step.laws:
            if law not in cited:
                cited.add(law)
                yield cite(law)


def cite(law: Law) -> Message:
    """The citation of an article as a message."""
    return f"terms.law.{law.act}", {"article": law.article, "title": law.title}
