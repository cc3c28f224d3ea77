"""An answer to a letter that few may read is read by few: in the register, the lists of numbers, and on its way to the pen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from edms import clock, words
from edms.access.roles import Role
from edms.drafting import act, drafts, pages, visas
from edms.drafting.by_hand.models import HandSigning
from edms.drafting.models import Draft, DraftKind, DraftState
from edms.events import Event, EventLine
from edms.notices.notices import tell_of
from edms.registry import corrections, reservations, tracking
from edms.registry.models import Document, Number
from edms.registry.words import Grade
from tests import letters
from tests.cast import _grant
from tests.web.test_desk_by_hand import _scan, rows
from workers import printing

pytest_plugins = ["tests.web.desk_site"]
SUBJECT = "ოჯახში ძალადობის შესახებ"


def _asked(desk, grade: Grade) -> tuple[int, int]:
    """A letter of this grade, answered by its executor; the answer lies before the mayor's pen."""

    def made(session, office):
        session.add(_grant(office.second_executor.official, Role.REGISTRAR, None))
        author = office.executor.actor()
        letter = letters.letter(session, office, grade=grade, summary="განცხადება ძალადობის შესახებ")
        letters.resolved(session, office, letter, office.executor)
        card = drafts.DraftCard(SUBJECT, office.mayor.official_id, addressee="ანა", address="ქუჩა 1")
        draft = drafts.begin(session, author, kind=DraftKind.REPLY, card=card, text="ტექსტი", in_reply_to=letter)
        pages.make(session, author, draft, store=desk.house.store)
        session.flush()
        visas.ask(session, author, draft, [], version=draft.version)
        return letter.document_id, draft.draft_id

    return desk.do(made)


@pytest.mark.parametrize("grade", [Grade.PERSONAL, Grade.OFFICIAL_USE])
def test_an_answer_is_as_close_as_its_letter(desk, grade):
    _, draft_id = _asked(desk, grade)
    mayor, numbers = desk.as_("mayor"), f"/registers/{desk.cast.outgoing.register_id}/numbers"
    mayor.post("/account/step-up", {"password": desk.password})
    shown = mayor.get("/sign/").split(f'name="shown-{draft_id}" value="')[1].split('"')[0]
    mayor.post("/sign/by-hand", {"marked": [draft_id], f"shown-{draft_id}": shown})
    [hand] = rows(desk, HandSigning)
    mayor.client.get(f"/by-hand/{hand.hand_signing_id}/paper")
    # Kept for it, the number tells nobody what it is kept for, and neither does it when it lapses.
    assert "ხელმოსაწერი წერილისთვის" in desk.as_("stranger").get(numbers)
    assert SUBJECT not in desk.as_("stranger").get(numbers)
    # The chancellery looks after the papers for the pen, but not after one whose letter it may not see.
    knows, beside = desk.as_("registrar"), desk.as_("second_executor")  # who registered the letter, and a colleague
    assert SUBJECT in knows.get("/by-hand/")
    assert (SUBJECT in beside.get("/by-hand/")) is (grade is Grade.OFFICIAL_USE)

    [number] = rows(desk, Number, Number.draft_ref == draft_id)
    typed = tracking.paper_code(desk.house.tracking_key, number.register_id, number.year, number.serial)
    desk.as_("executor").post(
        f"/by-hand/{hand.hand_signing_id}/scan", _scan(f"http://kvemo.example/verify?n=1&c={typed}")
    )
    [answer] = rows(desk, Document, Document.kind == "outgoing")
    assert answer.grade is grade
    page, book = f"/letters/{answer.document_id}", f"/registers/{desk.cast.outgoing.register_id}"
    for name in ("registrar", "executor", "mayor"):
        assert SUBJECT in desk.as_(name).get(page)
    desk.as_("deputy").get(page, 404)
    assert SUBJECT not in desk.as_("deputy").get(book)
    beside.get(page, 200 if grade is Grade.OFFICIAL_USE else 404)
    desk.as_("controller").get(page, 200 if grade is Grade.OFFICIAL_USE else 404)
    knows.post(f"{page}/sendings")  # who registered the letter sends its answer


def test_a_number_that_lapsed_does_not_tell_what_it_was_drawn_for(desk):
    _, draft_id = _asked(desk, Grade.PERSONAL)

    def lapsed(session, office):
        act.draw_number(session, session.get_one(Draft, draft_id))
        with clock.at(clock.now() + reservations.LONGEST):
            return reservations.lapse(session)

    assert desk.do(lapsed) == 1
    html = desk.as_("stranger").get(f"/registers/{desk.cast.outgoing.register_id}/numbers")
    assert SUBJECT not in html and "ჯავშნის ვადა გავიდა" in html


def test_raised_while_the_answer_lies_there_and_again_while_it_is_printed_nobody_signs_the_old_page(desk, monkeypatch):
    letter_id, draft_id = _asked(desk, Grade.OPEN)
    mayor, print_ = desk.as_("mayor"), pages.printed
    mayor.post("/account/step-up", {"password": desk.password})

    def raised(grade):
        def correct(session, office):
            letter = session.get_one(Document, letter_id)
            actor = office.registrar.actor()
            corrections.correct(session, actor, letter, {"grade": grade}, reason="პირადი", version=letter.version)

        desk.do(correct)

    old = mayor.get("/sign/").split(f'name="shown-{draft_id}" value="')[1].split('"')[0]
    raised(Grade.OFFICIAL_USE)
    refused = mayor.post("/sign/by-hand", {"marked": [draft_id], f"shown-{draft_id}": old}, status=422)
    assert words.say("ka", "drafting.mark_raised") in refused.get_data(as_text=True)
    printing.mark_drafts(desk.house, letter_id)

    def meanwhile(wanted, store, **beside):
        made = print_(wanted, store, **beside)
        monkeypatch.undo()
        raised(Grade.PERSONAL)
        return made

    monkeypatch.setattr(pages, "printed", meanwhile)
    desk.print_drafts()  # under a mark that is of the past by now: not kept
    printing.mark_drafts(desk.house, letter_id)
    desk.print_drafts()
    [draft] = rows(desk, Draft)
    grades = desk.do(lambda session, _: [each.grade for each in session.get_one(Draft, draft_id).versions])
    assert (draft.state, grades) == (DraftState.TO_SIGN, [Grade.OPEN, Grade.PERSONAL])
    desk.ten_seconds_later()
    said = words.say("ka", "notices.draft_mark_raised", subject=SUBJECT)
    desk.do(lambda s, _: [tell_of(s, e) for e in s.scalars(select(EventLine.event_id).where(EventLine.kind == Event.DRAFT_MARK_RAISED))])  # fmt: skip
    assert said in desk.as_("executor").get("/notices/") and said in mayor.get("/notices/")
    new = mayor.get("/sign/").split(f'name="shown-{draft_id}" value="')[1].split('"')[0]
    mayor.post("/sign/by-hand", {"marked": [draft_id], f"shown-{draft_id}": new})
