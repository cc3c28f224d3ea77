"""An answer is at least as close as its letter: when it is registered, when it is linked, and when the letter's grade is raised."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from edms import words
from edms.drafting import act, drafts, entering, pages
from edms.drafting.models import DraftKind
from edms.errors import Invalid
from edms.events import Event, EventLine
from edms.jobs import Kind
from edms.ledger.models import LedgerSalt
from edms.registry import closeness, corrections, documents, readers
from edms.registry.words import DocumentState, Grade, LinkKind
from tests import letters


def _regraded(session, office, document, grade, reason="პირადი საქმეა"):
    session.flush()
    return corrections.correct(
        session, office.actor("registrar"), document, {"grade": grade}, reason=reason, version=document.version
    )


def _answer(session, office, letter, **card):
    made = letters.own_letter(
        session, office, correspondent_name=None, links=((letter.document_id, LinkKind.REPLY_TO),), **card
    )
    readers.grant(made, [office.executor.official_id])
    session.flush()
    return made


def _sees(session, office, name, document):
    return document.document_id in documents.seen_of(session, office.actor(name), [document.document_id])


def test_a_raised_grade_reaches_the_answers_and_what_answers_them(session, office):
    letter = letters.letter(session, office)
    answer = _answer(session, office, letter)
    answer_to_that = _answer(session, office, answer)
    bystander = letters.own_letter(session, office, links=((letter.document_id, LinkKind.CONCERNS),))
    answer.state = DocumentState.FILED
    assert _sees(session, office, "deputy", answer)
    _regraded(session, office, letter, Grade.PERSONAL)
    session.flush()
    for reached in (answer, answer_to_that):
        assert reached.grade is Grade.PERSONAL
        assert not _sees(session, office, "deputy", reached) and not _sees(session, office, "controller", reached)
        assert _sees(session, office, "executor", reached) and _sees(session, office, "mayor", reached)
    assert bystander.grade is Grade.OPEN


def test_each_answer_has_its_line_its_leaf_and_is_indexed_anew(session, office):
    letter = letters.letter(session, office)
    answer = _answer(session, office, letter)
    _regraded(session, office, letter, Grade.OFFICIAL_USE)
    session.flush()
    line = session.scalar(
        select(EventLine).where(EventLine.document_id == answer.document_id, EventLine.kind == Event.DOCUMENT_CORRECTED)
    )
    assert line.detail == {
        "reason": words.say("ka", "registry.closer_as_its_letter", number=letter.number), "before": {"grade": "open"}, "after": {"grade": "official_use"}
    }  # fmt: skip
    leaves = select(LedgerSalt).where(LedgerSalt.document_id == answer.document_id).order_by(LedgerSalt.leaf_id.desc())
    assert session.scalars(leaves).first().facts["grade"] == "official_use"
    posted = "select count(*) from procrastinate_jobs where task_name = :kind and args->>'subject_id' = :answer"
    asked = {"kind": Kind.INDEX, "answer": str(answer.document_id)}
    assert session.scalar(text(posted), asked) == 2  # of its registration, and of this


def test_a_lowered_grade_stays_with_the_letter(session, office):
    letter = letters.letter(session, office, grade=Grade.OFFICIAL_USE)
    answer = _answer(session, office, letter)
    assert answer.grade is Grade.OFFICIAL_USE
    _regraded(session, office, letter, Grade.OPEN)
    assert answer.grade is Grade.OFFICIAL_USE


def test_an_answer_is_not_made_more_open_than_its_letter(session, office):
    letter = letters.letter(session, office, grade=Grade.OFFICIAL_USE)
    answer = _answer(session, office, letter)
    with pytest.raises(Invalid) as refused:
        _regraded(session, office, answer, Grade.OPEN)
    assert refused.value.fields == {"grade": "registry.more_open_than_its_letter"}
    documents.unlink(session, office.actor("registrar"), answer, letter, LinkKind.REPLY_TO, reason="სხვა წერილია")
    _regraded(session, office, answer, Grade.OPEN)
    assert answer.grade is Grade.OPEN


def test_what_is_linked_as_an_answer_later_becomes_as_close(session, office):
    letter = letters.letter(session, office, grade=Grade.PERSONAL)
    own = letters.own_letter(session, office)
    documents.link(session, office.actor("registrar"), own, letter, LinkKind.REPLY_TO)
    session.flush()
    assert own.grade is Grade.PERSONAL
    assert set(readers.people_of(letter)) <= set(readers.people_of(own))
    assert not _sees(session, office, "deputy", own)


def test_a_draft_in_work_takes_the_grade_its_letter_has_by_then(session, office):
    letter = letters.letter(session, office)
    letters.resolved(session, office, letter, office.executor)
    card = drafts.DraftCard("პასუხი", office.mayor.official_id, addressee="ანა")
    draft = drafts.begin(
        session, office.executor.actor(), kind=DraftKind.REPLY, card=card, text="ტექსტი", in_reply_to=letter
    )
    _regraded(session, office, letter, Grade.PERSONAL)
    session.flush()
    number = act.draw_number(session, draft)
    made = entering.enter(session, draft, number, signed_by_id=office.mayor.official_id)
    assert made.grade is Grade.PERSONAL
    assert set(readers.people_of(letter)) <= set(readers.people_of(made))


def test_the_closest_of_grades():
    assert closeness.closest(Grade.OPEN, Grade.PERSONAL, Grade.OFFICIAL_USE) is Grade.PERSONAL


def _drafted(session, office, kind, **card):
    told = {"subject": "წერილი", "signer_id": office.mayor.official_id, "addressee": "ანა", **card}
    return drafts.begin(session, office.executor.actor(), kind=kind, card=drafts.DraftCard(**told), text="ტექსტი")


def _entered(session, office, draft):
    session.flush()
    return entering.enter(session, draft, act.draw_number(session, draft), signed_by_id=office.mayor.official_id)


@pytest.mark.parametrize("kind", [DraftKind.LETTER, DraftKind.MEMO, DraftKind.ORDER])
def test_the_author_chooses_who_reads_a_letter_of_our_own(session, office, kind):
    made = _entered(session, office, _drafted(session, office, kind, grade=Grade.PERSONAL, annexes="ოქმი\nგეგმა"))
    session.flush()
    assert (made.grade, made.annexes) == (Grade.PERSONAL, "ოქმი\nგეგმა")
    assert not _sees(session, office, "deputy", made) and not _sees(session, office, "unit_head", made)
    assert _sees(session, office, "executor", made) and _sees(session, office, "mayor", made)
    # What leaves the house is sent by a registrar, who must see it for that; an order of ours stays with its people.
    assert _sees(session, office, "registrar", made) is (kind is DraftKind.LETTER)


def test_a_reply_is_never_more_open_than_was_chosen_or_its_letter_is(session, office):
    letter = letters.letter(session, office, grade=Grade.OFFICIAL_USE)
    letters.resolved(session, office, letter, office.executor)

    def reply(grade):
        card = drafts.DraftCard("პასუხი", office.mayor.official_id, addressee="ანა", grade=grade)
        author = office.executor.actor()
        return drafts.begin(session, author, kind=DraftKind.REPLY, card=card, text="ტექსტი", in_reply_to=letter)

    assert reply(Grade.OPEN).grade is Grade.OFFICIAL_USE
    assert _entered(session, office, reply(Grade.PERSONAL)).grade is Grade.PERSONAL


def test_paper_has_the_mark_and_lists_what_is_enclosed(session, office):
    draft = _drafted(session, office, DraftKind.LETTER, grade=Grade.OFFICIAL_USE, annexes="ოქმი, 2 ფურცელი\n\nგეგმა")
    printed = pages.values_of(session, draft)
    assert printed.grade == "სამსახურებრივი სარგებლობისათვის"
    assert printed.annexes == ["ოქმი, 2 ფურცელი", "გეგმა"]
    plain = pages.values_of(session, _drafted(session, office, DraftKind.LETTER))
    assert (plain.grade, plain.annexes) == ("", [])


def _readdressed(session, office, document, person):
    session.flush()
    changes = {"addressee_id": person.official_id if person is not None else None}
    actor = office.actor("registrar")
    return corrections.correct(session, actor, document, changes, reason="სხვისთვის იყო", version=document.version)


def test_another_addressee_reads_a_personal_letter_and_whom_the_card_named_before_no_more(session, office):
    letter = letters.letter(session, office, grade=Grade.PERSONAL, addressee_id=office.lawyer.official_id)
    answer = _answer(session, office, letter)
    assert _sees(session, office, "lawyer", letter) and _sees(session, office, "lawyer", answer)
    _readdressed(session, office, letter, office.stranger)
    session.flush()
    for document in (letter, answer):
        assert not _sees(session, office, "lawyer", document)
        assert _sees(session, office, "stranger", document)
        assert _sees(session, office, "registrar", document)
    line = select(EventLine.detail).where(EventLine.kind == Event.DOCUMENT_CORRECTED)
    assert session.scalar(line)["before"] == {"addressee_id": office.lawyer.official_id}  # the history stays
    _readdressed(session, office, letter, None)
    session.flush()
    assert not _sees(session, office, "stranger", letter) and not _sees(session, office, "stranger", answer)


def test_whom_an_act_put_it_before_reads_it_whoever_is_its_addressee(session, office):
    letter = letters.letter(session, office, grade=Grade.PERSONAL, addressee_id=office.deputy.official_id)
    letters.submitted(session, office, letter, office.deputy)
    _readdressed(session, office, letter, office.stranger)
    session.flush()
    assert _sees(session, office, "deputy", letter) and _sees(session, office, "stranger", letter)
