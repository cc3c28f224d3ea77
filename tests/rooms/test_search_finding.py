"""Finding letters: by inflected words in any typing, by numbers and days, narrowed, counted; and only one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.capture.models import PageText, TextSource
from edms.errors import Invalid, NotFound, Unavailable
from edms.registry.models import Content, Document, DocumentContent, Register
from edms.registry.words import Channel, ContentRole, DocumentState, Grade
from edms.search import finding, indexing, projection
from edms.search.models import SearchEntry
from edms.search.pages import hits_in_document
from edms.search.port import Asked, Filters, Index, Order, Proposal
from edms.search.postgres import PostgresIndex
from tests.cast import Office


def find(session: Session, actor: Actor, asked: str, *, index: Index | None = None, **options: object) -> finding.Found:
    return finding.find(session, actor, asked, index=index or PostgresIndex(session), **options)  # type: ignore[arg-type]


def hidden_by_filters(session: Session, actor: Actor, asked: str, filters: Filters) -> dict[str, int]:
    return finding.hidden_by_filters(session, actor, asked, filters, index=PostgresIndex(session))


def index_document(session: Session, document_id: int) -> bool:
    return indexing.index_document(session, PostgresIndex(session), document_id)


def reconcile(session: Session, **options: int) -> indexing.Compared:
    return indexing.reconcile(session, PostgresIndex(session), **options)  # type: ignore[arg-type]


BEGIN = datetime(2025, 5, 2, 8, 0, tzinfo=UTC)
Letter = Callable[..., Document]


@pytest.fixture
def letter(session: Session, office: Office) -> Letter:
    """Makes a registered and indexed letter with the text of its pages, each a minute after the one before."""
    made = 0

    def make(summary: str, *pages: str, book: Register | None = None, index: bool = True, **card: object) -> Document:
        nonlocal made
        made += 1
        book = book or office.incoming
        at = BEGIN + timedelta(minutes=made)
        facts: dict[str, object] = {
            "number": f"12-05/{400 + made}",
            "year": 2025,
            "serial": 400 + made,
            "kind": book.kind,
            "state": DocumentState.REGISTERED,
            "registered_at": at,
            "registered_on": at.date(),
            "received_on": at.date(),
            "channel": Channel.COUNTER,
            "readers": [f"org:{book.organisation_id}:open"],
        }
        document = Document(
            organisation_id=book.organisation_id, register_id=book.register_id, summary=summary, **{**facts, **card}
        )
        session.add(document)
        session.flush()
        if pages:
            content = paper(session, document, f"scan-{made}.pdf")
            for nth, words in enumerate(pages, 1):
                session.add(PageText(content_id=content.content_id, page=nth, text=words, source=TextSource.OCR))
            session.flush()
        if index:
            index_document(session, document.document_id)
        return document

    return make


def paper(session: Session, document: Document | None, name: str, *, parent: Content | None = None) -> Content:
    organisation_id = document.organisation_id if document else parent.organisation_id  # type: ignore[union-attr]
    content = Content(
        organisation_id=organisation_id,
        store_key=f"{name}-{document.document_id if document else 0}",
        sha256=name.encode().ljust(32, b"\0")[:32],
        size=1,
        name=name,
        stored_at=BEGIN,
        parent_id=parent.content_id if parent else None,
    )
    session.add(content)
    session.flush()
    if document is not None:
        session.add(
            DocumentContent(
                document_id=document.document_id,
                content_id=content.content_id,
                role=ContentRole.ORIGINAL,
                position=1,
                added_at=BEGIN,
            )
        )
        session.flush()
    return content


def ids(session: Session, actor: Actor, asked: str, **options: object) -> list[int]:
    return [hit.document.document_id for hit in find(session, actor, asked, **options).hits]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "asked",
    [
        "განცხადებების",
        "gancxadeba",
        "GANTSKHADEBAZE",
        "„მშენებლობის ნებართვა“",
        "მშენებ*",
        "mshenebloba",
        "-უარი განცხადება",
    ],
)
def test_an_inflected_word_of_a_page_is_found_in_any_typing(
    session: Session, office: Office, letter: Letter, asked: str
) -> None:
    wanted = letter("წერილი", "გთხოვთ განიხილოთ განცხადება მშენებლობის ნებართვის გაცემაზე")
    letter("სხვა წერილი", "უარი მოქალაქის თხოვნაზე")
    found = find(session, office.registrar.actor(), asked)
    assert [hit.document for hit in found.hits] == [wanted]
    passage = found.hits[0].passage
    assert passage is not None
    assert passage.page == 1
    assert passage.spans


def test_armenian_and_russian_letters_are_found(session: Session, office: Office, letter: Letter) -> None:
    armenian = letter("Դիմում", "Խնդրում եմ քննարկել հայտարարությունը", language="hy")
    russian = letter("Письмо", "Прошу рассмотреть заявления жителей", language="ru")
    actor = office.registrar.actor()
    for asked in ("հայտարարության", "haytararutyun"):
        assert ids(session, actor, asked) == [armenian.document_id]
    for asked in ("заявление", "zayavlenie", "pfzdktybt"):
        assert ids(session, actor, asked) == [russian.document_id]


@pytest.mark.parametrize(
    "asked", ["12-05/401", "401", "12-05/40*", "01-11/77", "77", "14.02.2025", "2025 წლის 14 თებერვალი"]
)
def test_numbers_their_parts_and_days_are_found(session: Session, office: Office, letter: Letter, asked: str) -> None:
    wanted = letter("წერილი", their_number="№01-11/77", their_date=date(2025, 2, 14))
    letter("სხვა", number="99/1")
    assert ids(session, office.registrar.actor(), asked) == [wanted.document_id]


def test_newest_come_first_and_pages_follow_without_gap(session: Session, office: Office, letter: Letter) -> None:
    made = [letter(f"განცხადება {n}").document_id for n in range(7)]
    actor = office.registrar.actor()
    seen: list[int] = []
    after = None
    while True:
        page = find(session, actor, "განცხადება", limit=3, after=after)
        assert page.count == 7
        seen += [hit.document.document_id for hit in page.hits]
        after = page.after
        if after is None:
            break
    assert seen == made[::-1]


def test_pages_go_on_beyond_what_is_counted(
    session: Session, office: Office, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edms.search.finding.CAP", 4)
    made = [letter("განცხადება").document_id for _ in range(11)]
    actor = office.registrar.actor()
    first = find(session, actor, "განცხადება", limit=3)
    assert (first.count, first.more_than_counted) == (4, True)
    seen, after = [hit.document.document_id for hit in first.hits], first.after
    while after is not None:
        page = find(session, actor, "განცხადება", limit=3, after=after)
        seen += [hit.document.document_id for hit in page.hits]
        after = page.after
    assert seen == made[::-1]


def test_the_best_come_first_when_asked(session: Session, office: Office, letter: Letter) -> None:
    on_card = letter("ბაღის მშენებლობა")
    exact = letter("წერილი", "მშენებლობა")
    in_text = letter("წერილი", "მშენებლობის")
    actor = office.registrar.actor()
    assert ids(session, actor, "მშენებლობა", order=Order.BEST)[0] == on_card.document_id
    assert set(ids(session, actor, "მშენებლობა", order=Order.BEST)) == {
        on_card.document_id,
        exact.document_id,
        in_text.document_id,
    }
    assert ids(session, actor, "მშენებლობა") == [in_text.document_id, exact.document_id, on_card.document_id]
    second = find(session, actor, "მშენებლობა", order=Order.BEST, limit=2, after="2")
    assert len(second.hits) == 1
    assert second.after is None


def test_filters_narrow_and_facets_count(session: Session, office: Office, letter: Letter) -> None:
    letter("განცხადება", year=0, number="a1", serial=1, registered_on=date(2024, 5, 2))  # of a series that runs on
    letter("განცხადება", language="hy")
    wanted = letter("განცხადება", book=office.orders, state=DocumentState.FILED)
    actor = office.registrar.actor()
    found = find(session, actor, "განცხადება")
    assert dict(found.facets["year"]) == {2024: 1, 2025: 2}
    assert dict(found.facets["language"]) == {"ka": 2, "hy": 1}
    assert dict(found.facets["state"]) == {"registered": 2, "filed": 1}
    only = Filters({"register_id": frozenset({office.orders.register_id}), "year": frozenset({2025})})
    assert ids(session, actor, "განცხადება", filters=only) == [wanted.document_id]
    assert ids(session, actor, "", filters=Filters(until_on=date(2024, 1, 1))) == []
    assert hidden_by_filters(session, actor, "განცხადება", Filters(until_on=date(2024, 1, 1))) == {"until_on": 3}


def test_a_stranger_sees_no_hit_no_count_no_facet_no_passage(session: Session, office: Office, letter: Letter) -> None:
    secret = letter("საიდუმლო განცხადება", "საიდუმლო ტექსტი", grade=Grade.PERSONAL, readers=["official:1"])
    letter("განცხადება", book=office.foreign_incoming)
    for actor in (
        office.stranger.actor(),
        Actor(official_id=None, organisation_id=office.organisation.organisation_id),
    ):
        for asked in ("განცხადება", "gancxadeba", "განც*", "", "12-05/401", "-წერილი"):
            for order in Order:
                found = find(session, actor, asked, order=order)
                assert (found.hits, found.count, found.more_than_counted, found.after) == ((), 0, False, None)
                assert not any(found.facets.values())
        everything = Filters(until_on=date(2000, 1, 1))
        assert hidden_by_filters(session, actor, "განცხადება", everything) == {}
    with pytest.raises(NotFound):
        hits_in_document(session, office.stranger.actor(), secret.document_id, "საიდუმლო")
    assert ids(session, office.foreigner.actor(), "საიდუმლო") == []


def test_a_letter_reclassified_while_the_index_stands_still_is_not_shown(
    session: Session, office: Office, letter: Letter
) -> None:
    stays = letter("განცხადება ღია")
    document = letter("განცხადება")
    actor = office.registrar.actor()
    session.execute(
        update(Document).where(Document.document_id == document.document_id).values(readers=["official:999"])
    )
    found = find(session, actor, "განცხადება")
    assert [hit.document for hit in found.hits] == [stays]
    assert found.count == 1
    assert dict(found.facets["year"]) == {2025: 1}


def test_a_person_finds_what_was_put_before_her(session: Session, office: Office, letter: Letter) -> None:
    executor = office.executor
    mine = letter("განცხადება", readers=[f"official:{executor.official_id}"])
    letter("განცხადება")
    assert ids(session, executor.actor(), "განცხადება") == [mine.document_id]


def test_indexing_twice_changes_nothing_and_follows_corrections(
    session: Session, office: Office, letter: Letter
) -> None:
    document = letter("განცხადება")
    index_document(session, document.document_id)
    assert len(session.scalars(select(SearchEntry.document_id)).all()) == 1
    document.summary = "საჩივარი"
    session.flush()
    index_document(session, document.document_id)
    assert ids(session, office.registrar.actor(), "განცხადება") == []
    assert ids(session, office.registrar.actor(), "საჩივრის") == [document.document_id]
    assert not index_document(session, 10**9)


def test_reconciling_mends_what_differs_and_forgets_what_is_gone(
    session: Session, office: Office, letter: Letter
) -> None:
    documents = [letter("განცხადება", "ტექსტი") for _ in range(3)]
    content_id = session.scalars(select(PageText.content_id).order_by(PageText.content_id)).first()
    session.execute(update(PageText).where(PageText.content_id == content_id).values(text="სრულიად სხვა"))
    documents[1].summary = "საჩივარი"
    unindexed = letter("პეტიცია", index=False)
    session.execute(
        text(
            "INSERT INTO search_entry SELECT (jsonb_populate_record(e, '{\"document_id\": 999999}')).* FROM search_entry e LIMIT 1"
        )
    )
    first = reconcile(session, limit=2)
    second = reconcile(session, limit=2, after=first.after or 0)
    third = reconcile(session, limit=2, after=second.after or 0)
    assert [(done.looked_at, done.mended, done.forgotten) for done in (first, second, third)] == [
        (2, 2, 0),
        (2, 1, 0),
        (0, 0, 1),
    ]
    assert third.after is None
    actor = office.registrar.actor()
    assert ids(session, actor, "პეტიციის") == [unindexed.document_id]
    assert ids(session, actor, "სრულიად") == [documents[0].document_id]
    assert reconcile(session).mended == 0


def test_the_index_can_be_deleted_and_rebuilt(session: Session, office: Office, letter: Letter) -> None:
    for n in range(3):
        letter(f"განცხადება {n}", "ტექსტი")
    actor = office.registrar.actor()
    before = find(session, actor, "განცხადება")
    PostgresIndex(session).clear()
    assert find(session, actor, "განცხადება").count == 0
    reconcile(session)
    again = find(session, actor, "განცხადება")
    assert (again.hits, again.facets) == (before.hits, before.facets)


def test_attachments_are_found_and_withdrawn_papers_are_not(session: Session, office: Office, letter: Letter) -> None:
    document = letter("წერილი", "მთავარი გვერდი")
    mail = session.scalars(select(Content)).one()
    attachment = paper(session, None, "ხარჯთაღრიცხვა.xlsx", parent=mail)
    session.add(PageText(content_id=attachment.content_id, page=1, text="ასფალტი", source=TextSource.LAYER))
    session.flush()
    index_document(session, document.document_id)
    actor = office.registrar.actor()
    assert ids(session, actor, "ასფალტის") == [document.document_id]
    assert ids(session, actor, "ხარჯთაღრიცხვა") == [document.document_id]
    session.execute(update(DocumentContent).values(withdrawn_at=BEGIN))
    index_document(session, document.document_id)
    assert ids(session, actor, "ასფალტის") == []
    assert hits_in_document(session, actor, document.document_id, "ასფალტი") == []


def test_hits_have_boxes_on_the_page(session: Session, office: Office, letter: Letter) -> None:
    document = letter("წერილი", "გთხოვთ მშენებლო-\nბის ნებართვას")
    page = session.scalars(select(PageText)).one()
    page.words = [
        ["გთხოვთ", 0.1, 0.1, 0.2, 0.02, 95],
        ["მშენებლო-", 0.5, 0.1, 0.2, 0.02, 90],
        ["ბის", 0.1, 0.2, 0.05, 0.02, 90],
        ["ნებართვას", 0.2, 0.2, 0.2, 0.02, 90],
    ]
    session.flush()
    actor = office.registrar.actor()
    (hits,) = hits_in_document(session, actor, document.document_id, "mshenebloba")
    assert [(box.x, box.y, box.text) for box in hits.boxes] == [(0.5, 0.1, "მშენებლო-"), (0.1, 0.2, "ბის")]
    assert hits.forms == ("მშენებლო-\nბის",)
    assert hits_in_document(session, actor, document.document_id, "ნებართვა")[0].forms == ("ნებართვას",)


class _Silent:
    """An index that does not answer."""

    def propose(self, asked: Asked) -> Proposal:
        raise Unavailable("search.too_slow")


def test_without_the_index_number_day_and_correspondent_still_find(
    session: Session, office: Office, letter: Letter
) -> None:
    wanted = letter("განცხადება", their_number="77/ა")
    letter("განცხადება", grade=Grade.PERSONAL, readers=["official:1"], number="12-05/401-ბ")
    actor = office.registrar.actor()
    silent = _Silent()
    for asked in ("12-05/401", "401", "77/ა", "02.05.2025"):
        found = find(session, actor, asked, index=silent)  # type: ignore[arg-type]
        assert found.limited
        assert [hit.document for hit in found.hits] == [wanted], asked
    assert find(session, actor, "განცხადება", index=silent).hits == ()  # type: ignore[arg-type]
    assert find(session, office.stranger.actor(), "401", index=silent).hits == ()  # type: ignore[arg-type]


def test_a_question_that_takes_too_long_ends_and_the_transaction_lives(
    session: Session, office: Office, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = letter("განცხადება")
    index = PostgresIndex(session)
    slow = select(text("1 from pg_sleep(0.2)"))
    with pytest.raises(Unavailable):
        index._within_time(slow, walk=True, seconds=0.001)
    assert session.scalar(text("SHOW statement_timeout")) != "1ms"
    assert ids(session, office.registrar.actor(), "განცხადება") == [wanted.document_id]


def test_a_page_that_never_was_is_refused(session: Session, office: Office) -> None:
    with pytest.raises(Invalid):
        find(session, office.registrar.actor(), "ა", after="nonsense")


@pytest.mark.parametrize(
    "asked", ["'", "\\", "a'b\\c:*", "\x00", "((", "!&|<->", "*", "-", '"', "''''", "x" * 5000, "🙂", "-*"]
)
def test_nothing_typed_breaks_a_search(session: Session, office: Office, letter: Letter, asked: str) -> None:
    letter(asked.replace("\x00", ""), asked.replace("\x00", "") + " ტექსტი 'ა\\ბ' k'argi")
    find(session, office.registrar.actor(), asked)
    find(session, office.registrar.actor(), f'"{asked}" {asked}*', order=Order.BEST)


def test_a_very_long_document_is_indexed_as_far_as_it_goes(session: Session, office: Office, letter: Letter) -> None:
    words = " ".join(
        f"სიტყვა{'აბგდევზთიკ'[n % 10]}{'ლმნოპჟრსტუ'[n // 10 % 10]}{'ფქღყშჩცძწჭ'[n // 100 % 10]}{n}"
        for n in range(60_000)
    )
    document = letter("დიდი წერილი", words, index=False)
    index_document(session, document.document_id)
    whole = session.scalar(select(SearchEntry.whole))
    assert whole is False
    assert ids(session, office.registrar.actor(), "დიდი") == [document.document_id]


def test_long_documents_are_indexed_in_pieces_and_nothing_is_left_out(
    session: Session, office: Office, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edms.search.projection.PIECE_PAGES", 3)
    made = [
        letter("წერილი", *(f"გვერდი {page}" for page in range(pages)), index=False).document_id
        for pages in (1, 1, 5, 0, 2, 2, 1)
    ]
    cut = list(projection.pieces(session, made))
    assert [len(piece) for piece in cut] == [2, 1, 2, 2]
    assert [document_id for piece in cut for document_id in piece] == made
    assert reconcile(session).mended == 7
    assert reconcile(session, mend=False).mended == 0
    assert ids(session, office.registrar.actor(), "გვერდი 4") == [made[2]]


def test_letters_that_come_near_stand_beside_those_that_answer_and_only_ones_own(
    session: Session, office: Office, letter: Letter
) -> None:
    meant = letter("სახურავის შეკეთება")
    letter("სახურავის შეკეთება", readers=["org:999:open"])
    actor = office.registrar.actor()
    found = find(session, actor, "სახურვის შეკეთება")
    assert (found.hits, found.count) == ((), 0)
    assert [hit.document for hit in found.near] == [meant]
    assert found.near[0].summary, "what was found is lit"
    answered = find(session, actor, "სახურავის შეკეთება")
    assert [hit.document for hit in answered.hits] == [meant]
    assert answered.near == ()
