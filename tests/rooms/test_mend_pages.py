"""Two letters in one scan, one letter in two, a wrong order: mended from the tray and on the letter, and taken back."""

from __future__ import annotations

import hashlib
import io
from itertools import pairwise

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from edms import clock
from edms.capture import inheriting, labelled, remaking
from edms.capture.models import Capture, CaptureState, PageLabel
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.registry import contents, documents, labels
from edms.registry.card import Card
from edms.registry.models import Arrival, Content, Document, Register
from edms.registry.reconciliation import day_sum
from edms.registry.registration import register
from edms.registry.remaking import acts
from edms.registry.remaking.models import RemakingKind
from edms.registry.remaking.plan import Sheet, check
from edms.registry.words import ArrivalState, ContentRole
from edms.search import projection
from tests.rooms.scans import Scans, names_in, pages_pdf, signed_pdf

KEY = b"k" * 32
FIVE = pages_pdf("p1", "p2", "p3", "p4", "p5")


@pytest.fixture(scope="module")
def scans(database, tmp_path_factory) -> Scans:
    return Scans(database.sessions, tmp_path_factory.mktemp("store"))


def made_of(act) -> list[int]:
    return [part.arrival_id for part in act.parts if part.made]


def registered(scans: Scans, arrival_id: int | None) -> int:
    with scans.transaction() as session:
        book = session.merge(scans.office.incoming)
        arrival = session.get_one(Arrival, arrival_id) if arrival_id is not None else None
        card = Card(summary="თხოვნა", correspondent_name="ანა კალანდაძე", case_index="12-05")
        return register(session, scans.who(session), book, card, idempotency_key=None, arrival=arrival).document_id


def test_two_letters_in_one_scan_become_two_and_the_scan_is_kept(scans):
    source = scans.scan(FIVE, "ორი წერილი.pdf")
    before = scans.content(source)
    with scans.transaction() as session:
        session.add(PageLabel(content_id=before.content_id, page=3, code="EDMS1:KVEMO:1:2026:1:00000000"))
    first, second = made_of(scans.remake([source], [[(0, 1, 0), (0, 2, 0)], [(0, 3, 0), (0, 4, 0), (0, 5, 0)]]))
    one, two = scans.content(first), scans.content(second)
    assert (names_in(scans.bytes_of(one)), names_in(scans.bytes_of(two))) == (["p1", "p2"], ["p3", "p4", "p5"])
    assert [one.name, two.name] == ["ორი წერილი (1).pdf", "ორი წერილი (2).pdf"]
    assert one.parent_id == two.parent_id == before.content_id
    assert hashlib.sha256(scans.bytes_of(before)).digest() == before.sha256 == hashlib.sha256(FIVE).digest()
    assert scans.arrival(source).state is ArrivalState.REMADE
    # Nothing is read again: texts, labels, pictures and guesses are those of the pages.
    assert scans.pages(two.content_id) == ["p3", "p4", "p5"]
    with scans.transaction() as session:
        assert session.get_one(Capture, two.content_id).state is CaptureState.READ
        labels = session.execute(select(PageLabel.page).where(PageLabel.content_id == two.content_id)).scalars()
        assert list(labels) == [1]
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.ARRIVAL_REMADE)).all()[-1]
        assert line.leaf_id is not None and line.detail["made"] == [first, second]
        assert day_sum(session, scans.office.organisation, clock.today("Asia/Tbilisi")).adds_up


def test_a_division_is_taken_back_while_nothing_of_it_is_registered(scans):
    source = scans.scan(FIVE)
    act = scans.remake([source], [[(0, 1, 0)], [(0, n, 0) for n in range(2, 6)]])
    scans.undo(act)
    assert scans.arrival(source).state is ArrivalState.WAITING
    assert {scans.arrival(each).state for each in made_of(act)} == {ArrivalState.UNDONE}
    with pytest.raises(Conflict):
        scans.undo(act)
    with scans.transaction() as session:
        assert day_sum(session, scans.office.organisation, clock.today("Asia/Tbilisi")).adds_up
    again = scans.remake([source], [[(0, 5, 0)], [(0, n, 0) for n in range(1, 5)]])
    registered(scans, made_of(again)[0])
    with pytest.raises(RuleBroken):
        scans.undo(again)
    assert scans.arrival(source).state is ArrivalState.REMADE
    assert scans.arrival(made_of(again)[1]).state is ArrivalState.WAITING


def test_one_letter_in_two_scans_becomes_one(scans):
    first, second = scans.scan(pages_pdf("a1", "a2")), scans.scan(pages_pdf("b1"))
    act = scans.remake([first, second], None)
    (joined,) = made_of(act)
    assert act.kind is RemakingKind.JOINED
    assert names_in(scans.bytes_of(scans.content(joined))) == scans.pages(scans.content(joined).content_id)
    assert scans.pages(scans.content(joined).content_id) == ["a1", "a2", "b1"]
    assert {scans.arrival(each).state for each in (first, second)} == {ArrivalState.REMADE}


def test_pages_are_put_in_order_and_turned_and_only_the_turned_one_is_read_again(scans):
    source = scans.scan(pages_pdf("p1", "p2", "p3"))
    (arranged,) = made_of(scans.remake([source], [[(0, 3, 0), (0, 1, 90), (0, 2, 0)]]))
    content = scans.content(arranged)
    with pikepdf.open(io.BytesIO(scans.bytes_of(content))) as pdf:
        assert [int(page.obj.get("/Rotate", 0)) for page in pdf.pages] == [0, 90, 0]
    assert scans.pages(content.content_id) == ["p3", "p2"]
    with scans.transaction() as session:
        kept = session.get_one(Capture, content.content_id)
        assert (kept.state, kept.pages_done) == (CaptureState.WAITING, 1)
    scans.read(content.content_id)
    assert scans.pages(content.content_id) == ["p3", "p1", "p2"]
    with scans.transaction() as session:
        assert session.get_one(Capture, content.content_id).state is CaptureState.READ


def test_a_picture_of_several_pages_is_divided_too(scans):
    made = io.BytesIO()
    grey, fax = Image.new("RGB", (600, 800), (200, 180, 160)), Image.new("1", (600, 800), 1)
    grey.save(made, "TIFF", save_all=True, append_images=[fax], dpi=(150, 150))
    source = scans.scan(made.getvalue(), "fax.tiff")
    one, two = (scans.content(each) for each in made_of(scans.remake([source], [[(0, 2, 0)], [(0, 1, 0)]])))
    with pikepdf.open(io.BytesIO(scans.bytes_of(one))) as pdf:
        (picture,) = pdf.pages[0].get_images().values()
        assert int(picture.BitsPerComponent) == 1 and len(pdf.pages) == 1
    assert two.media_type == "application/pdf" and two.parent_id == scans.content(source).content_id


def test_a_signed_pdf_is_never_cut(scans):
    source = scans.scan(signed_pdf(FIVE))
    with pytest.raises(RuleBroken, match=r"capture\.signed_stays_whole"):
        scans.remake([source], [[(0, 1, 0)], [(0, n, 0) for n in range(2, 6)]])
    assert scans.arrival(source).state is ArrivalState.WAITING


def test_what_is_still_read_or_has_no_pages_is_refused(scans):
    with pytest.raises(RuleBroken, match=r"remaking\.still_read"):
        scans.remake([scans.scan(FIVE, read=False)], [[(0, 1, 0)]])
    with pytest.raises(RuleBroken, match=r"capture\.not_in_pages"):
        scans.remake([scans.scan("გამარჯობა".encode(), "a.txt")], [[(0, 1, 0)]])


def test_pages_that_belong_to_another_letter_leave_this_one_for_the_tray(scans):
    document_id = registered(scans, scans.scan(FIVE))

    def paper(session) -> tuple[Document, Content]:
        document = session.get_one(Document, document_id)
        return document, contents.papers(session, document)[0].content

    with scans.transaction() as session:
        old = paper(session)[1]
        sheets = [[Sheet(old.content_id, n) for n in (1, 2)], [Sheet(old.content_id, n) for n in (3, 4, 5)]]
        wanted = remaking.plan(session, [old], sheets)
    made = remaking.make(scans.store, wanted)
    with scans.transaction() as session:
        who, document = scans.who(session), documents.document_of(session, scans.who(session), document_id)
        place = contents.papers(session, document)[0]
        new = remaking.enter(session, who, wanted, made)
        with pytest.raises(Invalid):
            acts.remake_paper(session, who, document, place, wanted.kind, new, reason=" ")
        act = acts.remake_paper(session, who, document, place, wanted.kind, new, reason="ორი წერილი ერთ სკანში")
        _ = act.parts
    (apart,) = [each for each in made_of(act) if each is not None]
    with scans.transaction() as session:
        document, standing = paper(session)
        assert names_in(scans.bytes_of(standing)) == ["p1", "p2"] and not document.waiting_scan
        everything = contents.papers(session, document, withdrawn=True)
        assert [(p.role, p.withdrawn_at is None) for p in everything] == [
            (ContentRole.ORIGINAL, False), (ContentRole.ORIGINAL, True),
        ]  # fmt: skip
    assert names_in(scans.bytes_of(scans.content(apart))) == ["p3", "p4", "p5"]
    scans.undo(act)
    with scans.transaction() as session:
        document, standing = paper(session)
        assert standing.content_id == old.content_id and not document.waiting_scan
    assert scans.arrival(apart).state is ArrivalState.UNDONE


def test_a_stranger_neither_divides_nor_takes_back(scans):
    source = scans.scan(FIVE)
    act = scans.remake([source], [[(0, 1, 0)], [(0, n, 0) for n in range(2, 6)]])
    lying = made_of(act)[0]
    with scans.transaction() as session:
        for name in ("executor", "auditor", "administrator"):
            with pytest.raises(Forbidden):
                acts.remake(session, scans.who(session, name), [session.get_one(Arrival, lying)], act.kind, [])
        with pytest.raises(Forbidden):
            acts.undo(session, scans.who(session, "auditor"), session.merge(act))
        with pytest.raises(NotFound):
            acts.remaking_of(session, scans.who(session, "foreigner"), act.remaking_id)


@settings(max_examples=60, deadline=None)
@given(
    st.permutations([1, 2, 3, 4]),
    st.sets(st.integers(1, 3)),
    st.lists(st.sampled_from([0, 90]), min_size=4, max_size=4),
)
def test_no_plan_loses_or_doubles_a_page(order, cuts, turns):
    sheets = [Sheet(7, page, turn) for page, turn in zip(order, turns, strict=True)]
    places = [0, *sorted(cuts), 4]
    groups = [sheets[a:b] for a, b in pairwise(places)]
    pages = {7: 4}
    if len(groups) == 1 and sheets == [Sheet(7, n) for n in (1, 2, 3, 4)]:
        with pytest.raises(Invalid):
            check(groups, pages)
        return
    assert check(groups, pages) is (RemakingKind.DIVIDED if len(groups) > 1 else RemakingKind.ARRANGED)
    for wrong in (
        [*groups, [Sheet(7, 1)]],
        groups[1:],
        [*groups, []],
        [[s._replace(turn=45) for s in g] for g in groups],
    ):
        with pytest.raises(Invalid):
            check(wrong, pages)


def test_a_wrong_scan_goes_back_to_the_tray_and_search_forgets_it_there(scans):
    arrival_id = scans.scan(pages_pdf("wrong"))
    with scans.transaction() as session:
        arrival = session.get_one(Arrival, arrival_id)
        book, card = session.merge(scans.office.incoming), Card(summary="თხოვნა", correspondent_name="ანა")
        document = register(session, scans.who(session), book, card, idempotency_key=None, arrival=arrival)
        document_id, content_id = document.document_id, arrival.content_id
        content = arrival.content
        known = dict(inheriting.pictures_of(session, [content_id]))
        town = session.get_one(Register, document.register_id)
        code = labels.code(KEY, "kvemo", town.register_id, document.year, document.serial)
        session.add(PageLabel(content_id=content_id, page=1, code=code))
        session.flush()
        assert text_of(session, document_id) == ["wrong"]
    made = remaking.copy(scans.store, content, 1, known)
    with scans.transaction() as session:
        who = scans.who(session)
        document = documents.document_of(session, who, document_id)
        copy = remaking.enter_copy(session, who, contents.papers(session, document)[0].content, made)
        contents.withdraw_paper(session, who, document, content_id, reason="სხვა წერილის სკანია")
        waiting = acts.back_to_tray(session, who, document, copy).arrival_id
        with pytest.raises(Forbidden):
            acts.back_to_tray(session, scans.who(session, "executor"), document, copy)
    with scans.transaction() as session:
        document = session.get_one(Document, document_id)
        assert document.waiting_scan and text_of(session, document_id) == []
        copy = session.get_one(Arrival, waiting).content
        assert (copy.sha256, copy.parent_id) == (content.sha256, content_id) and copy.store_key != content.store_key
        # Its label says what it said when it was wrong: it does not lead it back by itself.
        assert labelled.follow(session, KEY, copy.content_id) is None
        assert session.get_one(Arrival, waiting).state is ArrivalState.WAITING
    assert scans.pages(copy.content_id) == ["wrong"]
    other = scans.scan(pages_pdf("right"))
    with scans.transaction() as session:
        session.add(PageLabel(content_id=scans.content(other).content_id, page=1, code=code))
    with scans.transaction() as session:
        assert labelled.follow(session, KEY, scans.content(other).content_id) is not None
        document = session.get_one(Document, document_id)
        assert [p.role for p in contents.papers(session, document)] == [ContentRole.ORIGINAL]
        assert text_of(session, document_id) == ["right"]


def text_of(session, document_id: int) -> list[str]:
    """What search knows of a letter's pages: "wrong" and "right" are page names, and in no other text."""
    (entry,) = projection.entries_of(session, [document_id])
    return [
        name
        for name in ("wrong", "right")
        if any(name in lexeme for lexemes, _, _ in entry.words for lexeme in lexemes)
    ]
