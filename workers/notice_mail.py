"""Sends people the mails about their notices: claimed, sent, noted, each in its own transaction, none twice."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime

from edms import clock, words
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.errors import RuleBroken, Unavailable
from edms.notices import mailing
from edms.notices.mailing import Letter
from edms.notices.models import Rhythm
from edms.staff.organisations import organisations
from workers import apart
from workers.smtp import Uncertain, send

MOST_LINES = 100
GIVEN_UP = "delivery.mail_down"


def post_digests(house: House, subject_id: int | None) -> None:
    """Post the digests of every organisation whose morning has come; none where no mail can be sent."""
    if house.settings.smtp_url is None or house.settings.smtp_from is None:
        return
    with house.transaction() as session:
        every = organisations(session, Actor.system())
    apart.each(house, every, mailing.digests)


def send_notices(house: House, subject_id: int | None) -> None:
    """Send one mail. Errors: Unavailable (tried again), only while it surely has not gone."""
    if subject_id is None:
        return
    settings = house.settings
    if settings.smtp_url is None or settings.smtp_from is None:
        with house.transaction() as session:
            mailing.failed(session, subject_id, trouble="delivery.mail_not_set_up")
        return
    with house.transaction() as session:
        letter = mailing.claim(session, subject_id)
        message = _message(settings.smtp_from, letter, settings.desk_url or settings.public_url) if letter else None
    if message is None:
        return
    try:
        send(settings.smtp_url.get_secret_value(), message)
    except Uncertain:
        with house.transaction() as session:
            mailing.failed(session, subject_id, trouble=mailing.UNCERTAIN)
    except RuleBroken as error:
        with house.transaction() as session:
            mailing.failed(session, subject_id, trouble=error.message)
    except Unavailable as error:
        with house.transaction() as session:
            mailing.put_off(session, subject_id, trouble=error.message)
        raise
    else:
        with house.transaction() as session:
            mailing.sent(session, subject_id)


def give_up(house: House, subject_id: int | None) -> None:
    """Its job stands: say so where the administrator looks."""
    if subject_id is not None:
        with house.transaction() as session:
            mailing.failed(session, subject_id, trouble=GIVEN_UP)


def _message(sender: str, letter: Letter, base: str | None) -> EmailMessage:
    """The sentences that stand on the desk, each with the way to its letter; nothing of a letter but its number."""
    speaks, office = letter.official.language, letter.organisation
    n = len(letter.lines)
    message = EmailMessage()
    message["From"], message["To"] = sender, letter.official.email
    subject = "notices.mail_digest_subject" if letter.rhythm is Rhythm.DAILY else "notices.mail_subject"
    message["Subject"] = words.say(speaks, subject, organisation=office.name(speaks), n=n)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<notices-{letter.notice_mail_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    told = [_line(speaks, line, base) for line in letter.lines[:MOST_LINES]]
    if n > MOST_LINES:
        told.append(words.say(speaks, "notices.mail_more", n=n - MOST_LINES))
    end = words.say(speaks, "notices.mail_choose")
    desk = f"{base.rstrip('/')}/desk/" if base else ""
    message.set_content("\n\n".join(filter(None, [words.say(speaks, "notices.mail_greeting", name=letter.official.name(speaks)), *told, desk, end])))  # fmt: skip
    return message


def _line(speaks: str, line: mailing.Line, base: str | None) -> str:
    said = words.say(speaks, line.message, **line.values)
    at = f"{base.rstrip('/')}/letters/{line.document_id}" if base and line.document_id is not None else ""
    return f"{said}\n{at}" if at else said
