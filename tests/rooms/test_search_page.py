"""The search page's services: what is offered as one types, who narrows, the way through a list, likeness, kept searches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import Forbidden, Invalid, NotFound, RuleBroken
from edms.registry.models import Correspondent, Document
from edms.registry.words import CorrespondentKind, Grade
from edms.search import following, indexing, saved
from edms.search.alike import alike
from edms.search.finding import find
from edms.search.names import named
from edms.search.nearest import nearest
from edms.search.port import Filters, Order
from edms.search.postgres import PostgresIndex
from edms.search.question import Question
from edms.search.saved_models import SavedSearch, SearchUse, SharedWith
from edms.search.suggesting import Offered, suggest
from edms.search.walking import place_of
from tests import letters
from tests.cast import Office


@pytest.fixture
def letter(session: Session, office: Office) -> Any:
    """A letter registered and indexed, each some minutes after the one before."""
    made = 0

    def make(summary: str, *, book: Any = None, minutes_ago: int | None = None, **card: Any) -> Document:
        nonlocal made
        made += 1
        with clock.at(clock.now() - timedelta(minutes=minutes_ago if minutes_ago is not None else 60 - made)):
            document = letters.letter(session, office, book, summary=summary, **card)
        indexed(session, document)
        return document

    return make


def indexed(session: Session, *documents: Document) -> None:
    for document in documents:
        indexing.index_document(session, PostgresIndex(session), document.document_id)


def test_of_two_with_one_name_each_stands_with_her_address(session: Session, office: Office) -> None:
    people = [
        Correspondent(
            organisation_id=office.organisation.organisation_id,
            kind=CorrespondentKind.PERSON,
            name=name,
            address=address,
        )
        for name, address in (("ანა მესხი", "ქუჩა 1"), ("ანა მესხი", "ქუჩა 2"), ("საბა მესხი", "ქუჩა 3"))
    ]
    session.add_all(people)
    session.flush()
    ids = [person.correspondent_id for person in people]
    actor = office.registrar.actor()
    told = named(session, actor, "correspondent_id", ids, "ka")
    assert [told[ident] for ident in ids] == ["ანა მესხი · ქუჩა 1", "ანა მესხი · ქუჩა 2", "საბა მესხი"]
    assert named(session, actor, "correspondent_id", ids[:1], "ka") == {ids[0]: "ანა მესხი"}
    assert named(session, office.foreigner.actor(), "correspondent_id", ids, "ka") == {}


def ids(session: Session, actor: Actor, text: str = "", **chosen: Any) -> list[int]:
    filters = Filters({name: frozenset({value}) for name, value in chosen.items()})
    found = find(session, actor, text, index=PostgresIndex(session), filters=filters)
    return [hit.document.document_id for hit in found.hits]


def offered(session: Session, actor: Actor, text: str) -> list[tuple[str, str]]:
    return [(row.kind.value, row.text) for row in suggest(session, actor, text, index=PostgresIndex(session))]


@contextmanager
def counted(session: Session) -> Iterator[list[tuple[str, int]]]:
    """Every statement that the database is asked meanwhile, with how many rows it answered."""
    asked: list[tuple[str, int]] = []

    def note(_: Any, cursor: Any, statement: str, *more: Any) -> None:
        asked.append((re.sub(r"savepoint_\d+", "savepoint", statement), cursor.rowcount))

    engine = session.get_bind()
    event.listen(engine, "after_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "after_cursor_execute", note)


def test_what_stands_on_her_cards_is_offered_in_any_typing(session: Session, office: Office, letter: Any) -> None:
    letter("სახურავის შეკეთება", correspondent_name="საბა მესხი", case_index="12-05")
    letter("სახურავი დაზიანდა", correspondent_name="ანა კალანდაძე")
    actor = office.registrar.actor()
    words = {("word", "სახურავის"), ("word", "სახურავი")}
    assert set(offered(session, actor, "სახ")) == words
    assert set(offered(session, actor, "saxu")) == words, "typed in Latin letters"
    assert offered(session, actor, "საბ") == [("correspondent", "საბა მესხი")]
    assert ("case_index", "12-05") in offered(session, actor, "12-0")
    (only,) = suggest(session, actor, "შეკეთება სახ", index=PostgresIndex(session))
    assert (only.kind, only.query) == (Offered.WORD, "შეკეთება სახურავის"), "only what goes with the other words"
    for typed in ("ს", "", "სახ ", "-სახ", '"სახ', "სახ*"):
        assert offered(session, actor, typed) == []


def test_a_name_with_quotes_within_is_asked_for_as_one(session: Session, office: Office, letter: Any) -> None:
    made = letter("ნებართვა", correspondent_name="შპს „ქვემო გზა“ 2020")
    letter("ნებართვა", correspondent_name="შპს სხვა")
    actor = office.registrar.actor()
    (only,) = suggest(session, actor, "ქვემ", index=PostgresIndex(session))
    assert only.kind is Offered.CORRESPONDENT and only.query == '"შპს ქვემო გზა 2020"'
    assert ids(session, actor, only.query) == [made.document_id]


def test_what_she_may_not_see_changes_no_offer_and_no_reading(session: Session, office: Office, letter: Any) -> None:
    letter("სახურავის შეკეთება", correspondent_name="საბა მესხი")
    stranger, foreigner = office.stranger.actor(), office.foreigner.actor()
    with counted(session) as before:
        assert offered(session, stranger, "სახ") == []
    for n in range(8):
        letter("საიდუმლო სახლი", correspondent_name=f"საბედო {n}", grade=Grade.PERSONAL)
    with counted(session) as after:
        assert offered(session, stranger, "სახ") == []
        assert offered(session, stranger, "საბ") == []
        assert offered(session, foreigner, "სახ") == []
    per_question = len(before)
    assert [rows for _, rows in after] == [rows for _, rows in before] * 3
    assert [text for text, _ in after[:per_question]] == [text for text, _ in before]
    with counted(session) as nothing:
        assert offered(session, stranger, "ყყყ") == []
    assert [rows for _, rows in nothing] == [rows for _, rows in before], "as if nothing began so at all"
    assert nearest(session, stranger, "სახლო", index=PostgresIndex(session)) is None


def test_people_kinds_and_case_files_narrow_and_are_counted(session: Session, office: Office, letter: Any) -> None:
    given, left = letter("გზა"), letter("გზა")
    out = letter("გზა", book=office.outgoing)
    letters.resolved(session, office, given, office.executor, office.second_executor)
    indexed(session, given)
    actor = office.registrar.actor()
    assert ids(session, actor, "გზა", executor=office.second_executor.official_id) == [given.document_id]
    assert ids(session, actor, executor=office.executor.official_id) == [given.document_id]
    assert ids(session, actor, registrar=office.executor.official_id) == []
    assert ids(session, actor, kind="outgoing") == [out.document_id]
    assert ids(session, actor, registrar=office.registrar.official_id) == [x.document_id for x in (out, left, given)]
    found = find(session, actor, "გზა", index=PostgresIndex(session))
    assert dict(found.facets["executor"]) == {office.executor.official_id: 1, office.second_executor.official_id: 1}
    assert dict(found.facets["kind"]) == {"incoming": 2, "outgoing": 1}
    assert dict(found.facets["grade"]) == {"open": 3}
    assert ids(session, office.foreigner.actor(), executor=office.executor.official_id) == []
    tomorrow = Filters(received_from=clock.today("Asia/Tbilisi") + timedelta(days=1))
    assert find(session, actor, "", index=PostgresIndex(session), filters=tomorrow).count == 0


def test_letters_alike_are_found_for_her_who_may_read_them(session: Session, office: Office, letter: Any) -> None:
    text = "წყალმომარაგების მილსადენის დაზიანება"
    one, other = letter(text), letter("დაზიანებულია წყალმომარაგების მილსადენი")
    secret = letter(text, grade=Grade.PERSONAL)
    letter("კრების ოქმი")
    index = PostgresIndex(session)

    def found(actor: Actor, document: Document) -> list[int]:
        return [hit.document.document_id for hit in alike(session, actor, document.document_id, index=index)]

    controller = office.controller.actor()
    assert secret.document_id not in ids(session, controller), "she reads only what is open"
    assert found(controller, one) == [other.document_id]
    session.execute(update(Document).where(Document.document_id == other.document_id).values(readers=["official:999"]))
    assert found(controller, one) == [], "reclassified while the index stands still"
    with pytest.raises(NotFound):
        alike(session, office.foreigner.actor(), one.document_id, index=index)


def test_a_misspelt_word_brings_the_nearest_that_stands_on_her_cards(
    session: Session, office: Office, letter: Any
) -> None:
    letter("წყალმომარაგების შეწყვეტა", correspondent_name="ანა კალანდაძე")
    letter("განცხადება გათავისუფლებაზე", grade=Grade.PERSONAL)
    index, controller = PostgresIndex(session), office.controller.actor()
    assert nearest(session, controller, "წყალმომარაგებბის", index=index) == "წყალმომარაგების"
    assert nearest(session, controller, "კალანდძე შეწყვეტა", index=index) == "კალანდაძე შეწყვეტა"
    assert nearest(session, controller, "განცხდება", index=index) is None, "it stands on a card she may not read"
    assert nearest(session, office.foreigner.actor(), "კალანდძე", index=index) is None
    assert nearest(session, controller, "შეწყვეტა", index=index) is None, "what is known is not misspelt"


def test_from_letter_to_letter_of_the_same_list(
    session: Session, office: Office, letter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, hidden, third, last = (letter("გზის შეკეთება") for _ in range(4))
    session.execute(update(Document).where(Document.document_id == hidden.document_id).values(readers=["official:999"]))
    actor = office.registrar.actor()

    def place(document: Document, text: str = "შეკეთება", order: Order = Order.NEWEST) -> Any:
        return place_of(session, actor, document, text, index=PostgresIndex(session), filters=Filters(), order=order)

    assert (place(third).nth, place(third).count, place(third).back_id, place(third).next_id) == (
        2, 3, last.document_id, first.document_id,
    )  # fmt: skip
    assert (place(first).next_id, place(last).back_id) == (None, None)
    assert place(third, "ოქმი") is None, "not in this list"
    assert place(third, order=Order.BEST).count == 3
    monkeypatch.setattr("edms.search.finding.CAP", 1)
    beyond = place(third)
    assert (beyond.nth, beyond.back_id, beyond.next_id) == (None, None, first.document_id), "beyond what is counted"


def test_a_kept_search_is_shown_to_others_and_finds_by_their_own_rights(
    session: Session, office: Office, letter: Any
) -> None:
    mine, secret = letter("გზა"), letter("გზა", grade=Grade.PERSONAL)
    registrar, stranger, archivist = office.registrar.actor(), office.stranger.actor(), office.archivist.actor()
    question = Question("გზა", Filters({"kind": frozenset({"incoming"})}), Order.BEST)
    kept = saved.save(session, registrar, question, name="  გზის   წერილები ").saved_search_id
    assert saved.saved_of(session, registrar, kept).search.name == "გზის წერილები"
    assert saved.saved_of(session, registrar, kept).question == question
    for other in (stranger, archivist, office.foreigner.actor()):
        with pytest.raises(NotFound):
            saved.saved_of(session, other, kept)
    saved.change(session, registrar, kept, shared=SharedWith.UNIT)
    with pytest.raises(NotFound):
        saved.saved_of(session, stranger, kept)
    saved.change(session, registrar, kept, shared=SharedWith.ORGANISATION, name="გზები")
    shown = saved.saved_of(session, stranger, kept)
    assert (shown.search.name, shown.mine) == ("გზები", False)
    asked = shown.question
    found = find(session, stranger, asked.text, index=PostgresIndex(session), filters=asked.filters)
    assert secret.document_id not in [hit.document.document_id for hit in found.hits]
    assert mine.document_id in ids(session, registrar, "გზა")
    for refused in (saved.remove, lambda s, a, i: saved.change(s, a, i, name="მისი")):
        with pytest.raises(NotFound):
            refused(session, stranger, kept)
    assert saved.use(session, stranger, kept, pinned=True).pinned
    assert [each.search.name for each in saved.pinned(session, stranger)] == ["გზები"]
    assert saved.pinned(session, registrar) == []
    with pytest.raises(NotFound):
        saved.saved_of(session, office.foreigner.actor(), kept)
    with pytest.raises(Invalid):
        saved.save(session, registrar, Question(), name="არაფერი")
    with pytest.raises(Forbidden):
        saved.save(session, office.auditor.actor(), question, name="აუდიტი")
    saved.remove(session, registrar, kept)
    assert saved.all_of(session, stranger) == []
    more = [saved.save(session, registrar, question, name=str(n)).saved_search_id for n in range(saved.MOST_PINNED + 1)]
    for ident in more[:-1]:
        saved.use(session, registrar, ident, pinned=True)
    with pytest.raises(RuleBroken, match="too_many_pinned"):
        saved.use(session, registrar, more[-1], pinned=True)
    assert saved.use(session, registrar, more[0], pinned=True).pinned  # what lies there stays


def test_subscribers_are_told_of_new_letters_once_by_their_rights_of_that_moment(
    session: Session, office: Office, letter: Any
) -> None:
    letter("გზა ძველი")
    index = PostgresIndex(session)
    registrar, controller = office.registrar.actor(), office.controller.actor()
    kept = saved.save(session, registrar, Question("გზა"), name="გზები").saved_search_id
    saved.change(session, registrar, kept, shared=SharedWith.ORGANISATION)
    with clock.at(clock.now() - timedelta(minutes=5)):
        saved.use(session, registrar, kept, subscribed=True)
        saved.use(session, controller, kept, subscribed=True)

    def told(actor: Actor) -> following.News | None:
        return following.news(session, kept, actor.official_id or 0, index=index)

    assert set(following.due(session)) == {(kept, registrar.official_id), (kept, controller.official_id)}
    assert told(registrar) is None, "what was there before is no news"
    new, secret = letter("გზა ახალი", minutes_ago=1), letter("გზა", minutes_ago=0, grade=Grade.PERSONAL)
    assert secret.document_id in ids(session, registrar, "გზა")
    news = told(registrar)
    assert news is not None
    assert (news.count, news.name) == (2, "გზები")
    seen = told(controller)
    assert seen is not None
    assert (seen.count, seen.document_id) == (1, new.document_id)
    assert told(registrar) is None, "told once"
    readers, new.readers = new.readers, []
    session.flush()
    assert told(registrar) is None
    new.readers = readers
    session.flush()
    assert told(registrar) is None, "what she did not see for a while is no news either"
    saved.change(session, registrar, kept, shared=SharedWith.NOBODY)
    letter("გზა კიდევ", minutes_ago=0)
    assert told(controller) is None
    assert session.get_one(SearchUse, (kept, controller.official_id)).subscribed_at is None, "she was shown it no more"
    assert session.get(SavedSearch, kept) is not None
