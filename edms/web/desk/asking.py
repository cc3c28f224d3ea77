"""The search as its address says it: what is asked, its filters, its order. Every page of a search reads it here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from flask import request, url_for
from pydantic import BaseModel, Field

from edms.search.port import NARROWING, RANGES, Filters, Order
from edms.search.question import LONGEST
from edms.search.question import Question as Asked
from edms.web.kit import answers
from edms.web.kit.forms import Day, OneLine

Word = Annotated[str, Field(max_length=40)]
Ident = Annotated[int, Field(ge=0, lt=2**62)]
DAYS = tuple(bound for _, *bounds in RANGES for bound in bounds)


class Question(BaseModel):
    """What is asked; everything that narrows may be given several times."""

    q: OneLine = ""
    order: Order = Order.NEWEST
    after: OneLine | None = None
    more: Word | None = None  # of which facet all values are shown
    any_script: bool = False
    from_on: Day | None = None
    until_on: Day | None = None
    received_from: Day | None = None
    received_until: Day | None = None
    dated_from: Day | None = None
    dated_until: Day | None = None
    year: list[Annotated[int, Field(ge=0, le=9999)]] = []
    register_id: list[Ident] = []
    unit_id: list[Ident] = []
    correspondent_id: list[Ident] = []
    state: list[Word] = []
    language: list[Word] = []
    kind: list[Word] = []
    grade: list[Word] = []
    executor: list[Ident] = []
    registrar: list[Ident] = []
    author: list[Ident] = []
    signer: list[Ident] = []
    case_file: list[Ident] = []

    def asked(self) -> Asked:
        """The same as the search knows it."""
        return Asked(self.q[:LONGEST], self.filters(), self.order, self.any_script)

    def filters(self) -> Filters:
        """What the hits are narrowed to."""
        chosen = {name: frozenset(values) for name in NARROWING if (values := getattr(self, name))}
        return Filters(chosen, **{day: getattr(self, day) for day in DAYS})

    def kept(self) -> list[tuple[str, str]]:
        """Names and values that a form of this search carries along beside its own fields."""
        return [(name, str(value)) for name in NARROWING for value in getattr(self, name)]

    def query(self, **changes: object) -> str:
        """The question in an address, changed; a place in the list and what is unfolded are not part of it."""
        said: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True, exclude={"after", "more"})
        said |= changes
        for day in DAYS:
            if isinstance(said.get(day), str):
                said[day] = f"{date.fromisoformat(said[day]):%d.%m.%Y}"
        return urlencode({name: value for name, value in said.items() if value not in (None, [], False)}, doseq=True)

    def address(self, **changes: object) -> str:
        """The address of this question, changed."""
        return f"{url_for('searching.search')}?{self.query(**changes)}"

    def at(self, endpoint: str) -> str:
        """The same question to another page."""
        return f"{url_for(endpoint)}?{self.query()}"

    def letter(self, document_id: int, endpoint: str = "letter.page") -> str:
        """The address of a letter of this list."""
        return f"{url_for(endpoint, document_id=document_id)}?{self.query(within='search')}"


def question() -> Question:
    """The question of the request's address. Errors: Invalid, by field."""
    given: dict[str, object] = {}
    for name, values in request.args.lists():
        filled = [value for value in values if value.strip()]
        if filled and name in Question.model_fields:
            given[name] = filled if name in NARROWING else filled[-1]
    return answers(Question, given)


def of(asked: Asked) -> Question:
    """A question that was kept, as an address says it."""
    chosen = {name: sorted(values, key=str) for name, values in asked.filters.chosen.items()}
    days = {day: at for day in DAYS if (at := getattr(asked.filters, day)) is not None}
    plain: dict[str, Any] = {"q": asked.text, "order": asked.order, "any_script": asked.any_script, **chosen, **days}
    return Question.model_construct(**plain)
