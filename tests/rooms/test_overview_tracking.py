"""What the citizen is told, in every state of a letter's real course: three sentences, one text message, no people."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from edms import clock, terms, words
from edms.overview.tracking import Tracked, tracked
from edms.registry import correspondents, dispatch
from edms.registry.documents import join
from edms.registry.lifecycle import step
from edms.registry.models import Document
from edms.registry.words import Channel, CorrespondentKind, LinkKind
from edms.registry.words import DocumentState as S
from edms.routing import execution, prolonging, resolution
from edms.routing.naming import Executor
from edms.staff.calendars import calendar_of
from edms.words.catalogue import LANGS, load
from tests.cast import Office
from tests.letters import letter, own_letter, resolved, submitted

NOON = datetime(2025, 5, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOON):
        yield


def told(session: Session, document: Document) -> tuple[str, str | None, str]:
    found = tracked(session, document, "ka")
    names = [m[0].removeprefix("overview.track.") if m else None for m in (found.where, found.until, found.you)]
    return names[0] or "", names[1], names[2] or ""


def answered(
    session: Session, office: Office, document: Document, *, final: bool = True, channel: Channel = Channel.POST,
    **card: object,
) -> dispatch.Dispatch:  # fmt: skip
    reply = own_letter(session, office, **card)
    join(session, reply, document.document_id, LinkKind.REPLY_TO)
    reply.final = final
    step(reply, S.SIGNED)
    session.flush()
    return dispatch.ask(
        session, office.registrar.actor(), reply, channel=channel, correspondent=None, address="თბილისი, a@b.example"
    )


def worked(session: Session, office: Office) -> Document:
    document = letter(session, office)
    resolved(session, office, document, office.unit_head)
    return document


def test_registered_then_with_the_leader_then_with_the_unit(session: Session, office: Office) -> None:
    document = letter(session, office)
    assert told(session, document) == ("registered", None, "nothing_to_do")
    lying = submitted(session, office, document, office.mayor)
    assert told(session, document) == ("with_leader", "until", "nothing_to_do")
    resolution.issue(
        session,
        office.mayor.actor(),
        lying,
        text="x",
        executors=[Executor(office.unit_head.official_id)],
        not_before=NOON,
    )
    found = tracked(session, document, "ka")
    assert found.where == (
        "overview.track.in_execution",
        {"organisation": "ქვემოს მუნიციპალიტეტი", "unit": "ინფრასტრუქტურის სამსახური", "number": document.number},
    )
    assert found.until == ("overview.track.until", {"date": date(2025, 6, 2)})
    assert [s[0].rpartition(".")[2] for s in found.steps] == ["registered", "with_leader", "in_execution", "answered"]
    assert found.present == 2


def test_an_interim_answer_goes_on_and_a_final_one_ends(session: Session, office: Office) -> None:
    document = worked(session, office)
    dispatch.sent(session, office.registrar.actor(), answered(session, office, document, final=False))
    assert told(session, document) == ("interim", "until", "read_answer")
    sending = answered(session, office, document)
    assert told(session, document) == ("answer_signed", "until", "nothing_to_do")
    dispatch.sent(session, office.registrar.actor(), sending, proof="RR123456785GE")
    found = tracked(session, document, "ka")
    assert found.where[0] == "overview.track.answered.post_number" and found.where[1]["proof"] == "RR123456785GE"
    assert (found.until, found.present) == (None, None)
    dispatch.served(session, office.registrar.actor(), sending, on=date(2025, 5, 2))
    assert tracked(session, document, "ka").you == ("overview.track.read_answer.until", {"date": date(2025, 6, 2)})
    with clock.at(datetime(2025, 6, 3, 8, tzinfo=UTC)):
        assert tracked(session, document, "ka").you == ("overview.track.read_answer", {})  # that day is over
    dispatch.came_back(session, office.registrar.actor(), sending, reason="moved")
    assert told(session, document) == ("came_back", None, "come_to_counter")


def test_what_went_to_another_body_is_no_answer_to_her_and_says_to_whom(session: Session, office: Office) -> None:
    document = worked(session, office)
    card = correspondents.CorrespondentCard(kind=CorrespondentKind.BODY, name="საჯარო რეესტრი")
    here = office.organisation.organisation_id
    agency = correspondents.enter(session, office.registrar.actor(), card, organisation_id=here)
    sending = answered(
        session, office, document, correspondent_name=agency.name, correspondent_id=agency.correspondent_id
    )
    dispatch.sent(session, office.registrar.actor(), sending)
    assert told(session, document) == ("in_execution", "until", "nothing_to_do")  # she is not answered by it
    step(document, S.EXECUTED)
    session.flush()
    found = tracked(session, document, "ka")
    assert found.where[0] == "overview.track.sent_on.body" and found.where[1]["body"] == "საჯარო რეესტრი"
    assert (found.you[0], found.steps[-1][0]) == ("overview.track.ask_there", "overview.step.sent_on")


def test_an_answer_that_waits_at_the_counter_says_where_it_is_collected(session: Session, office: Office) -> None:
    document = worked(session, office)
    office.organisation.counter = {"ka": "ოთახი 1, ორშაბათი–პარასკევი 10:00–17:00"}
    sending = answered(session, office, document, channel=Channel.COUNTER)
    assert told(session, document) == ("to_collect", None, "come_to_counter")
    assert "ოთახი 1, ორშაბათი" in str(tracked(session, document, "ka").you[1]["counter"])
    assert tracked(session, document, "ka").sms[0] == "overview.sms.to_collect"
    dispatch.sent(session, office.registrar.actor(), sending, served_on=date(2025, 5, 2))
    assert told(session, document) == ("answered.counter", None, "read_answer.until")


def test_the_term_over_says_what_silence_means(session: Session, office: Office) -> None:
    document = worked(session, office)
    with clock.at(datetime(2025, 6, 3, 8, tzinfo=UTC)):
        assert told(session, document) == ("in_execution", "term_over", "may_complain")
        assert tracked(session, document, "ka").sms[0] == "overview.sms.late"


def test_an_extended_and_a_stopped_term_say_so(session: Session, office: Office) -> None:
    document = worked(session, office)
    prolonging.extend(session, office.mayor.actor(), document, count=1, kind=terms.Kind.MONTH, reason="expertise")
    assert told(session, document)[1] == "until_extended"
    stopped = terms.due(
        terms.named("ge.letter"),
        calendar_of(office.organisation),
        date(2025, 5, 2),
        intervals=[terms.Interval(terms.Cause.DEFICIENCY, date(2025, 5, 10))],
    )
    stood = terms.Interval(terms.Cause.DEFICIENCY, date(2025, 5, 10)).to_json()
    document.due_on, document.term = None, {**stopped.to_json(), "intervals": [stood]}
    assert told(session, document) == ("in_execution", "stopped.deficiency", "bring_missing")


def test_to_file_finished_and_filed(session: Session, office: Office) -> None:
    noted = letter(session, office)
    lying = submitted(session, office, noted, office.mayor)
    resolution.issue(session, office.mayor.actor(), lying, text="", executors=[], to_file=True, not_before=NOON)
    assert told(session, noted) == ("noted", None, "ask_counter")
    done = letter(session, office)
    made = resolved(session, office, done, office.unit_head)
    execution.accept(
        session,
        office.mayor.actor(),
        execution.report(session, office.unit_head.actor(), made.assignments[0], text="told by telephone"),
    )
    assert told(session, done) == ("done", None, "ask_counter")
    step(done, S.FILED)
    session.flush()
    assert told(session, done) == ("filed", None, "ask_counter")


def test_a_letter_of_ours_is_called_genuine_once_it_is_signed(session: Session, office: Office) -> None:
    ours = own_letter(session, office)
    assert told(session, ours)[0] == "own_waits"
    step(ours, S.SIGNED)
    session.flush()
    assert told(session, ours)[0] == "own"


def test_no_person_stands_in_any_sentence(session: Session, office: Office) -> None:
    document = worked(session, office)
    dispatch.sent(session, office.registrar.actor(), answered(session, office, document, final=False))
    found = tracked(session, document, "ka")
    said = json.dumps([found.where, found.until, found.you, found.steps, found.sms], default=str, ensure_ascii=False)
    for person in (office.mayor, office.unit_head, office.registrar):
        assert person.official.name("ka") not in said
    assert (document.correspondent_name or "") not in said and document.summary not in said


def test_every_sentence_has_words_and_every_text_message_fits_one(session: Session, office: Office) -> None:
    known = load()
    wheres = {n.split(".")[2] for n in known if n.startswith("overview.track.")}
    for name in ("registered", "with_leader", "in_execution", "interim", "answer_signed"):
        assert {f"overview.sms.{name}", f"overview.sms.{name}_until"} <= set(known) and name in wheres
    for name in (
        "answered",
        "came_back",
        "to_collect",
        "sent_on",
        "done",
        "noted",
        "filed",
        "late",
        "own",
        "own_waits",
    ):
        assert f"overview.sms.{name}" in known
    for channel in dispatch.CHANNELS:
        assert f"overview.track.answered.{channel.value}" in known
    number, longest = "12-05/1234", date(2025, 12, 28)
    for name in (n for n in known if n.startswith("overview.sms.")):
        for lang in LANGS:
            text = words.say(lang, name, number=number, date=words.date(lang, longest))
            assert len(text) <= 70, (lang, name, len(text))


def test_the_shape_is_kept() -> None:
    assert set(Tracked.__dataclass_fields__) >= {"where", "until", "you", "steps", "due_on", "sms", "present"}
