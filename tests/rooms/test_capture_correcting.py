"""Lines read in doubt: the worst first, for those who may read the letter; what a person says changes text, copy and index."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from edms import clock
from edms.capture import correcting, doubts
from edms.capture.models import Capture, CaptureState, Confusion, DoubtfulLine, LineState, PageText, TextSource
from edms.errors import Conflict, Forbidden, Invalid, NotFound
from edms.events import Event, EventLine
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.registry.words import ContentRole, Grade
from edms.search import finding, indexing
from edms.search.postgres import PostgresIndex
from edms.storage.port import Stored
from edms.storage.proofs import Promise
from tests import letters
from tests.cast import Office

READ = "განცხადება მერიას\nგთხოვთ გზის მეკეთებას\n\n12.05.2026 №17"
SURE = (60, 95, 90, 85, 40, 30, 30)
"""The second line has 68 in the mean, weighted by length; the first 73; the last has too few letters to ask about."""
WORST = "გთხოვთ გზის მეკეთებას"


def read(session: Session, office: Office, document: Document | None, said: str = READ, **facts: Any) -> Content:
    """A scan that was read so, on the letter."""
    hashed = "ab" * 32
    stored = Stored(Promise(secrets.token_hex(16), hashed, "0" * 8, hashed[:32]).key, hashed, 9)
    actor = office.registrar.actor()
    organisation_id = document.organisation_id if document else office.organisation.organisation_id
    made = contents.enter(session, actor, organisation_id=organisation_id, stored=stored, name="scan.pdf", **facts)
    if document is not None:
        contents.attach(session, actor, document, made, ContentRole.ORIGINAL)
    words: list[list[Any]] = []
    for number, line in enumerate(said.split("\n")):
        for place, word in enumerate(line.split()):
            words.append(
                [word, round(0.1 + 0.25 * place, 5), round(0.1 + 0.05 * number, 5), 0.2, 0.02, SURE[len(words)]]
            )
    page = PageText(
        content_id=made.content_id, page=1, text=said, source=TextSource.OCR, language="ka", words=words, confidence=70
    )
    session.add(Capture(content_id=made.content_id, state=CaptureState.READ, pages=1, pages_done=1))
    session.add(page)
    session.flush()
    doubts.note(session, made, page)
    session.flush()
    return made


def page_of(session: Session, content: Content) -> PageText:
    return session.scalars(select(PageText).where(PageText.content_id == content.content_id)).one()


def jobs(session: Session, kind: str) -> list[tuple[int, bool]]:
    """Subjects of the jobs of a kind, and whether they wait for a later moment."""
    asked = "SELECT args, scheduled_at FROM procrastinate_jobs WHERE task_name = :kind ORDER BY id"
    rows = session.execute(text(asked), {"kind": kind})
    return [(row.args["subject_id"], row.scheduled_at is not None) for row in rows]


def first(session: Session, office: Office, name: str = "registrar") -> DoubtfulLine:
    found = correcting.next_line(session, office.actor(name))
    assert found is not None
    return found.line


def test_lines_come_the_worst_first_and_those_left_for_later_are_passed_over(session: Session, office: Office) -> None:
    document = letters.letter(session, office)
    read(session, office, document)
    clerk = office.registrar.actor()
    one = correcting.next_line(session, clerk)
    assert one is not None and (one.line.before, one.line.line, one.document) == (WORST, 1, document)
    assert one.line.box == [0.1, 0.15, 0.7, 0.02]
    two = correcting.next_line(session, clerk, after=one.line.doubtful_line_id)
    assert two is not None and (two.line.before, two.line.line) == ("განცხადება მერიას", 0)
    assert correcting.next_line(session, clerk, after=two.line.doubtful_line_id) is None
    assert correcting.waiting(session, clerk) == 2


def test_correction_changes_text_and_words_and_its_history_copy_and_index_follow(
    session: Session, office: Office
) -> None:
    document = letters.letter(session, office)
    content = read(session, office, document)
    session.execute(text("DELETE FROM procrastinate_jobs"))
    clerk, line = office.registrar.actor(), first(session, office)
    correcting.judge(session, clerk, line.doubtful_line_id, " გთხოვთ  ამ გზის შეკეთებას ")
    page = page_of(session, content)
    assert page.text == READ.replace(WORST, "გთხოვთ ამ გზის შეკეთებას")
    assert [word[0] for word in page.words] == page.text.split()
    added = {word[0]: word for word in page.words}
    assert added["გთხოვთ"][1:] == [0.1, 0.15, 0.2, 0.02, 100]
    assert 0.3 <= added["ამ"][1] <= 0.35 and added["შეკეთებას"][1:4] == [0.6, 0.15, 0.2]
    assert (line.state, line.after) == (LineState.CORRECTED, "გთხოვთ ამ გზის შეკეთებას")
    assert (line.judged_by_id, line.judged_at is not None) == (clerk.official_id, True)
    said = session.scalars(select(EventLine).where(EventLine.kind == Event.TEXT_CORRECTED)).one()
    assert (said.document_id, said.official_id) == (document.document_id, clerk.official_id)
    assert said.detail == {"page": 1, "before": WORST, "after": "გთხოვთ ამ გზის შეკეთებას"}
    assert jobs(session, "index") == [(document.document_id, False)]
    assert jobs(session, "make_copy") == [(content.content_id, True)]
    assert page.source is TextSource.OCR, "a line of it still waits"
    correcting.judge(session, clerk, first(session, office).doubtful_line_id, "განცხადება მერიას")
    assert page.source is TextSource.PERSON


def test_line_that_stands_as_it_was_read_stays_and_waits_no_more(session: Session, office: Office) -> None:
    content = read(session, office, letters.letter(session, office))
    session.execute(text("DELETE FROM procrastinate_jobs"))
    line = first(session, office)
    correcting.judge(session, office.registrar.actor(), line.doubtful_line_id, WORST)
    assert (line.state, line.after) == (LineState.RIGHT, None)
    assert page_of(session, content).text == READ and jobs(session, "make_copy") == []
    assert not session.scalars(select(EventLine).where(EventLine.kind == Event.TEXT_CORRECTED)).all()
    assert correcting.waiting(session, office.registrar.actor()) == 1


def test_line_without_writing_is_emptied_and_the_others_stay_in_their_places(session: Session, office: Office) -> None:
    content = read(session, office, letters.letter(session, office))
    clerk = office.registrar.actor()
    correcting.judge(session, clerk, first(session, office).doubtful_line_id, "")
    assert page_of(session, content).text == READ.replace(WORST, "")
    correcting.judge(session, clerk, first(session, office).doubtful_line_id, "განაცხადი მერიას")
    page = page_of(session, content)
    assert page.text.startswith("განაცხადი მერიას\n\n\n12.05.2026")
    assert [word[0] for word in page.words] == page.text.split()


def test_nobody_judges_twice_nor_more_than_a_line(session: Session, office: Office) -> None:
    content = read(session, office, letters.letter(session, office))
    clerk, line = office.registrar.actor(), first(session, office)
    for wrong in ("ერთი\nორი", "ა" * 1001):
        with pytest.raises(Invalid):
            correcting.judge(session, clerk, line.doubtful_line_id, wrong)
    correcting.judge(session, clerk, line.doubtful_line_id, "გთხოვთ გზის შეკეთებას")
    with pytest.raises(Conflict):
        correcting.judge(session, office.archivist.actor(), line.doubtful_line_id, "სხვა რამ")
    assert "შეკეთებას" in page_of(session, content).text


def test_lines_of_letters_that_one_may_not_read_are_not_there(session: Session, office: Office) -> None:
    closed = letters.letter(session, office, grade=Grade.PERSONAL)
    read(session, office, closed)
    read(session, office, None)  # of no letter yet: it lies in a tray
    [line] = session.scalars(select(DoubtfulLine).where(DoubtfulLine.before == WORST).limit(1))
    for name in ("archivist", "head_secretary", "foreigner"):
        actor = office.actor(name)
        assert correcting.next_line(session, actor) is None and correcting.waiting(session, actor) == 0
        for act in (correcting.line_of, lambda *a: correcting.judge(*a, "სხვა")):
            with pytest.raises(NotFound):
                act(session, actor, line.doubtful_line_id)
    for name in ("stranger", "auditor", "administrator", "executor"):
        with pytest.raises(Forbidden):
            correcting.next_line(session, office.actor(name))
        with pytest.raises(Forbidden):
            correcting.judge(session, office.actor(name), line.doubtful_line_id, "სხვა")


def test_scan_that_came_in_a_mail_is_found_on_the_letter_that_holds_the_mail(session: Session, office: Office) -> None:
    document = letters.letter(session, office)
    mail = read(session, office, document, "17")
    inside = read(session, office, None, parent_id=mail.content_id)
    line = first(session, office)
    assert (line.content_id, line.outer_id) == (inside.content_id, mail.content_id)
    correcting.judge(session, office.registrar.actor(), line.doubtful_line_id, "გთხოვთ გზის შეკეთებას")
    assert (document.document_id, False) in jobs(session, "index")


def test_what_is_often_confused_is_searched_for_in_words_read_in_doubt(session: Session, office: Office) -> None:
    clerk = office.registrar.actor()
    for _ in range(doubts.OFTEN):
        read(session, office, letters.letter(session, office))
        correcting.judge(session, clerk, first(session, office).doubtful_line_id, "გთხოვთ გზის შეკეთებას")
        correcting.judge(session, clerk, first(session, office).doubtful_line_id, "განცხადება მერიას")
    [known] = session.scalars(select(Confusion))
    assert (known.language, known.seen, known.meant, known.times) == ("ka", "მ", "შ", doubts.OFTEN)
    document = letters.letter(session, office, summary="სხვა საქმე")
    content = read(session, office, document, "საქმის მენობა")
    assert page_of(session, content).alternatives.split() == ["საქშის"], "of the word that was read in doubt"
    index = PostgresIndex(session)
    indexing.index_document(session, index, document.document_id)
    found = finding.find(session, clerk, "საქშის", index=index)
    assert [hit.document.document_id for hit in found.hits] == [document.document_id]
    assert page_of(session, content).text == "საქმის მენობა", "nobody is shown what may be"


def test_page_that_is_read_anew_asks_anew_but_not_what_was_judged(session: Session, office: Office) -> None:
    content = read(session, office, letters.letter(session, office))
    judged = first(session, office)
    correcting.judge(session, office.registrar.actor(), judged.doubtful_line_id, WORST)
    page = page_of(session, content)
    page.words = [[*word[:5], 20] for word in page.words]
    doubts.note(session, content, page)
    session.flush()
    lines = session.scalars(select(DoubtfulLine).order_by(DoubtfulLine.line)).all()
    assert [(line.line, line.state) for line in lines] == [(0, LineState.WAITING), (1, LineState.RIGHT)]
    assert lines[0].confidence == 20 and clock.now() >= (lines[1].judged_at or clock.now())
