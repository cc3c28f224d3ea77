"""What waits on everybody's desk this morning: scans in the tray, letters to resolve, drafts to visa and to sign, work
that is late, a report to judge, more time asked for, letters for the post. Made through the services, like the past.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, timedelta
from email.message import EmailMessage

from edms import clock
from edms.demo import answers, assisting, counter, letters, scanner
from edms.demo.past import Came, Fate, Past, time_of
from edms.demo.talk import talked_over
from edms.drafting import drafts
from edms.drafting.models import DraftKind
from edms.registry import arrivals, contents, registration, reservations
from edms.registry.card import Card
from edms.registry.models import Document
from edms.registry.words import Channel, RegisterKind, Tray
from edms.routing import execution, extension
from edms.routing.models import Assignment, Resolution
from edms.staff.models import Official
from edms.staff.substitution import enter_substitution

SCANS = (0, 8, 10, 3, 2)
"""Of what the scans in the tray are, by their place among the demo's subjects."""
OFFICERS = {"12": "gocha", "07": "lali", "03": "zurab", "01": "salome"}
"""Who executes in which unit."""


def fates() -> Mapping[int, Fate]:
    """What became of the last letters, counted from the newest."""
    made: dict[int, Fate] = dict.fromkeys(range(1, 10), to_resolve)
    made |= dict.fromkeys((11, 12, 14, 15, 17, 18), to_sign) | {13: to_visa, 16: to_visa}
    made |= {10: given_back, 19: reported, 20: reported, 21: asks_for_time, 22: talked_over, 23: to_send, 24: to_send}
    return made | {34: late, 37: late, 39: filed, 41: filed}


def to_resolve(past: Past, came: Came) -> None:
    """It lies before the mayor or her deputy."""
    past.lay_before(came, "tamar" if past.chance.random() < 0.25 else "davit")


def to_sign(past: Past, came: Came) -> None:
    """The reply lies before the mayor to be signed."""
    officer = _given(past, came)[0]
    with clock.at(came.at + timedelta(hours=5)):
        answers.draft(past, came, officer)


def to_visa(past: Past, came: Came) -> None:
    """The reply waits for the lawyer's visa, or the deputy's when the lawyer wrote it."""
    officer = _given(past, came)[0]
    with clock.at(came.at + timedelta(hours=5)):
        answers.draft(past, came, officer, "tamar" if officer == "zurab" else "zurab")


def to_send(past: Past, came: Came) -> None:
    """The signed reply stands on the post list."""
    officer = _given(past, came)[0]
    with clock.at(came.at + timedelta(hours=4)):
        draft_id = answers.draft(past, came, officer)
    with clock.at(came.at + timedelta(hours=5)):
        reply_id = answers.sign(past, draft_id)
    with clock.at(came.at + timedelta(hours=6)):
        answers.send(past, reply_id, came, proof=False)


def reported(past: Past, came: Came) -> None:
    """The executor has reported; the author has not looked at it yet."""
    officer, resolution_id = _given(past, came)
    with clock.at(came.at + timedelta(days=1)), past.house.transaction() as session:
        work = session.get_one(Resolution, resolution_id).assignments[0]
        execution.report(session, past.actor(session, officer), work, text="ადგილზე დავათვალიერე, აქტი თანდართულია.")


def given_back(past: Past, came: Came) -> None:
    """ "Not mine", with a reason."""
    officer, resolution_id = _given(past, came)
    with clock.at(came.at + timedelta(hours=4)), past.house.transaction() as session:
        work = session.get_one(Resolution, resolution_id).assignments[0]
        reason = "საკითხი კომუნალური სამსახურის კომპეტენციაა."
        execution.give_back(session, past.actor(session, officer), work, reason=reason)


def asks_for_time(past: Past, came: Came) -> None:
    """The executor needs some days more than the internal term gives."""
    officer, resolution_id = _given(past, came, days=10)
    with clock.at(came.at + timedelta(days=1)), past.house.transaction() as session:
        work: Assignment = session.get_one(Resolution, resolution_id).assignments[0]
        if work.due_on is not None:
            wanted = work.due_on + timedelta(days=5)
            term = session.get_one(Document, came.document_id).due_on
            if term is not None:  # nobody can be given more than the letter's own term
                wanted = min(wanted, term)
            reason = "სამედიცინო ცნობის დაზუსტებას ველოდები."
            extension.ask(session, past.actor(session, officer), work, wanted=wanted, reason=reason)


def filed(past: Past, came: Came) -> None:
    """Done, reported, and put into its case."""
    _, resolution_id = _given(past, came)
    past.finish(came, resolution_id, file=True)


def late(past: Past, came: Came) -> None:
    """On control, and past its day."""
    _given(past, came, days=12)
    with clock.at(came.at + timedelta(hours=3)):
        past.control(came, "davit")


def _given(past: Past, came: Came, *, days: int | None = None) -> tuple[str, int]:
    """The mayor's resolution to the officer of the unit: (login, resolution)."""
    officer = OFFICERS[came.written.subject.unit]
    due_on = came.at.date() + timedelta(days=days) if days else None
    return officer, past.resolve(came, "davit", [officer], due_on=due_on)


def dawn(past: Past, today: date) -> None:
    """What came since yesterday evening."""
    with clock.at(time_of(today - timedelta(days=1), 17, past.chance)):
        _own_initiative(past)
        _numbers(past)
        _on_paper(past)
        _leave(past, today)
        _tray(past, today)
        counter.day(past, today)
    assisting.day(past, today)


def _own_initiative(past: Past) -> None:
    """A memo that waits for the mayor, and an order that waits for the deputy's visa."""
    mayor = past.town.people["davit"].official_id
    memo = drafts.DraftCard(subject="საარქივო ოთახის კარადების შეძენა", signer_id=mayor, case_index="01-03")
    text = "გთხოვთ, განიხილოთ საარქივო ოთახისთვის ორი ცეცხლგამძლე კარადის შეძენის საკითხი."
    answers.written(past, "salome", DraftKind.MEMO, memo, text, None, [])
    order = drafts.DraftCard(subject="საექსპერტო კომისიის შექმნის შესახებ", signer_id=mayor, case_index="01-07")
    text = (
        "1. შეიქმნას საექსპერტო კომისია სამი წევრის შემადგენლობით.\n\n"
        "2. კომისიის თავმჯდომარედ განისაზღვროს მერის მოადგილე.\n\n3. ბრძანება ძალაშია ხელმოწერისთანავე."
    )
    answers.written(past, "zurab", DraftKind.ORDER, order, text, None, ["tamar"])


def _numbers(past: Past) -> None:
    """Numbers reserved before their papers exist."""
    with past.house.transaction() as session:
        book = past.town.books[RegisterKind.OUTGOING]
        for login, reason in (("tamar", "სასწრაფო პასუხი სამინისტროს"), ("zurab", "პასუხი სასამართლოს შეკითხვაზე")):
            reservations.reserve(
                session, past.actor(session, "nino"), book, reason=reason,
                for_official_id=past.town.people[login].official_id, until=clock.now() + timedelta(days=4),
            )  # fmt: skip


def _on_paper(past: Past) -> None:
    """A letter registered at the counter that waits for its scan."""
    card = Card(
        summary="საჩივარი ეზოს დასუფთავებაზე",
        channel=Channel.COUNTER,
        correspondent_name="ნათია ღლონტი",
        correspondent_address="ვაჟა-ფშაველას ქუჩა 3, ქვემო",
        document_type="complaint",
        sheets=2,
        addressee_id=past.town.people["davit"].official_id,
        case_index="07-04",
    )
    with past.house.transaction() as session:
        book = past.town.books[RegisterKind.APPLICATIONS]
        registration.register(
            session, past.actor(session, "nino"), book, card, idempotency_key="demo:on-paper", waiting_scan=True
        )


def _leave(past: Past, today: date) -> None:
    """The head of infrastructure goes on leave in ten days; her specialist will stand in."""
    with past.house.transaction() as session:
        head, specialist = (session.get_one(Official, past.town.people[who].official_id) for who in ("irakli", "gocha"))
        enter_substitution(
            session, past.actor(session, "giorgi"), absent=head, substitute=specialist,
            from_on=today + timedelta(days=10), until_on=today + timedelta(days=20), reason="შვებულება",
        )  # fmt: skip


def _tray(past: Past, today: date) -> None:
    """Scans, and an e-mail with an attachment, that nobody has registered yet."""
    for nth, subject in enumerate(SCANS, 1):
        letter = letters.letter(letters.SUBJECTS[subject], past.chance)
        made = scanner.scan(letter.text, letter.subject.language, past.chance)
        _take_in(past, made, f"scan-{today:%Y%m%d}-{nth:03}.pdf", Tray.SCAN, Channel.POST)
    letter = letters.letter(letters.SUBJECTS[2], past.chance)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "office@electric.example", "office@kvemo.example", letter.summary
    mail.set_content(letter.text)
    mail.add_attachment(
        scanner.word_file(letter.text), maintype="application", filename=f"{letter.summary}.docx",
        subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
    )  # fmt: skip
    _take_in(past, mail.as_bytes(), f"{letter.summary}.eml", Tray.UPLOAD, Channel.EMAIL)


def _take_in(past: Past, made: bytes, name: str, tray: Tray, channel: Channel) -> None:
    stored = past.house.store.put(io.BytesIO(made), limit=len(made))
    with past.house.transaction() as session:
        clerk = past.actor(session, "nino")
        organisation_id = past.town.kvemo.organisation_id
        content = contents.enter(session, clerk, organisation_id=organisation_id, stored=stored, name=name)
        arrivals.take_in(session, clerk, organisation_id=organisation_id, tray=tray, channel=channel, content=content)
