"""The outbox of notices: which mails are due, what stands in each, and what became of it.

A mail is claimed before it is sent and noted afterwards. Of one whose machine died in between nobody knows whether it
went: it is not sent a second time, its lines stand on the desk. No letter's content is ever in it: a number at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, NotFound
from edms.jobs import Kind, defer
from edms.notices.models import Notice, NoticeMail, NoticeMailState, Rhythm
from edms.notices.readers import may_read
from edms.registry.models import Document
from edms.staff.calendars import calendar_of
from edms.staff.models import Official, Organisation
from edms.staff.organisations import administered

GATHER = timedelta(seconds=60)  # what is told within a minute comes in one mail
DIGEST_FROM = 8  # o'clock in the office's own time
UNCERTAIN = "notices.mail_uncertain"


@dataclass(frozen=True)
class Line:
    """A line of a mail: its message with what may be said of it, and the letter it leads to."""

    message: str
    values: dict[str, object]
    document_id: int | None


@dataclass(frozen=True)
class Letter:
    """What a mail is made of: to whom, and its lines."""

    notice_mail_id: int
    official: Official
    organisation: Organisation
    rhythm: Rhythm
    lines: Sequence[Line]


def soon(session: Session, official: Official) -> None:
    """See to it that a mail goes to her within the minute; one that is not claimed yet takes the new line along.

    Its row is held until this transaction ends, so that it is not claimed without the line.
    """
    waiting = select(NoticeMail.notice_mail_id).where(
        NoticeMail.official_id == official.official_id,
        NoticeMail.rhythm == Rhythm.NOW,
        NoticeMail.state == NoticeMailState.WAITING,
    )
    if session.scalars(waiting.limit(1).with_for_update()).first() is None:
        _post(session, official, Rhythm.NOW, None)


def digests(session: Session, organisation: Organisation) -> int:
    """Post today's digests, once a working day and person, from eight in the morning on; how many."""
    now = clock.now()
    today = clock.day_of(now, organisation.time_zone)
    if clock.hour_of(now, organisation.time_zone) < DIGEST_FROM or not calendar_of(organisation).is_working(today):
        return 0
    lines = exists().where(
        Notice.official_id == Official.official_id, Notice.rhythm == Rhythm.DAILY, Notice.notice_mail_id.is_(None),
        Notice.seen_at.is_(None),
    )  # fmt: skip
    had = exists().where(NoticeMail.official_id == Official.official_id, NoticeMail.day == today)
    people = session.scalars(
        select(Official).where(
            Official.organisation_id == organisation.organisation_id, Official.email.is_not(None), lines, ~had
        )
    ).all()
    return sum(_post(session, official, Rhythm.DAILY, today) for official in people)


def claim(session: Session, notice_mail_id: int) -> Letter | None:
    """Take a mail to send it now, with its lines; None when nothing is to be sent. Commit before sending."""
    mailing = session.get(NoticeMail, notice_mail_id, with_for_update=True, populate_existing=True)
    if mailing is None or mailing.state not in (NoticeMailState.WAITING, NoticeMailState.SENDING):
        return None
    if mailing.state is NoticeMailState.SENDING:  # the machine died in the middle: it may have gone
        mailing.state, mailing.trouble = NoticeMailState.FAILED, UNCERTAIN
        return None
    official = session.get_one(Official, mailing.official_id)
    organisation = official.organisation
    session.execute(
        update(Notice).where(
            Notice.official_id == mailing.official_id, Notice.rhythm == mailing.rhythm, Notice.notice_mail_id.is_(None),
            Notice.seen_at.is_(None),
        ).values(notice_mail_id=notice_mail_id).execution_options(synchronize_session=False)
    )  # fmt: skip
    lines = _lines(session, mailing)
    if not lines or not official.email or _gone(official):
        mailing.state = NoticeMailState.EMPTY
        return None
    mailing.state, mailing.attempts = NoticeMailState.SENDING, mailing.attempts + 1
    return Letter(notice_mail_id, official, organisation, mailing.rhythm, lines)


def sent(session: Session, notice_mail_id: int) -> None:
    """It was taken by the mail server."""
    mailing = session.get_one(NoticeMail, notice_mail_id, with_for_update=True)
    mailing.state, mailing.sent_at, mailing.trouble = NoticeMailState.SENT, clock.now(), None


def put_off(session: Session, notice_mail_id: int, *, trouble: str) -> None:
    """It surely did not go; the job tries again. Why stands where the administrator looks."""
    mailing = session.get_one(NoticeMail, notice_mail_id, with_for_update=True)
    mailing.state, mailing.trouble = NoticeMailState.WAITING, trouble


def failed(session: Session, notice_mail_id: int, *, trouble: str) -> None:
    """It is not tried again by itself."""
    mailing = session.get(NoticeMail, notice_mail_id, with_for_update=True)
    if mailing is not None and mailing.state in (NoticeMailState.WAITING, NoticeMailState.SENDING):
        mailing.state, mailing.trouble = NoticeMailState.FAILED, trouble


def send_again(session: Session, actor: Actor, notice_mail_id: int) -> None:
    """Try a failed mail once more, on a person's word. Errors: NotFound, Forbidden, Conflict when it did not fail."""
    found = select(NoticeMail).where(
        administered(actor, NoticeMail.organisation_id), NoticeMail.notice_mail_id == notice_mail_id
    )
    mailing = session.scalar(found.with_for_update())
    if mailing is None:
        raise NotFound
    require(actor, Permission.JOB_RETRY, session.get_one(Organisation, mailing.organisation_id))
    if mailing.state is not NoticeMailState.FAILED:
        raise Conflict("notices.mail_not_failed")
    mailing.state, mailing.trouble = NoticeMailState.WAITING, None
    defer(session, Kind.MAIL_NOTICES, mailing.notice_mail_id)


def troubled(session: Session, actor: Actor, *, limit: int = 100) -> list[tuple[NoticeMail, Official]]:
    """Mails that failed or are tried again, of the organisations that she administers, the newest first."""
    require(actor, Permission.HEALTH_READ)
    found = (
        select(NoticeMail, Official)
        .join(Official, Official.official_id == NoticeMail.official_id)
        .where(administered(actor, NoticeMail.organisation_id), NoticeMail.trouble.is_not(None))
        .order_by(NoticeMail.notice_mail_id.desc())
        .limit(limit)
    )
    return [(mailing, official) for mailing, official in session.execute(found)]


def count_troubled(session: Session) -> int:
    """How many mails of the whole house failed, or are being tried again."""
    return session.scalar(select(func.count()).where(NoticeMail.trouble.is_not(None))) or 0


def last_trouble(session: Session, official: Official) -> str | None:
    """Why her newest mail has not gone, if it has not."""
    newest = select(NoticeMail.trouble).where(NoticeMail.official_id == official.official_id)
    return session.scalar(newest.order_by(NoticeMail.notice_mail_id.desc()).limit(1))


def _post(session: Session, official: Official, rhythm: Rhythm, day: date | None) -> int:
    now = clock.now()
    row = insert(NoticeMail).values(
        organisation_id=official.organisation_id, official_id=official.official_id, rhythm=rhythm,
        state=NoticeMailState.WAITING, made_at=now, not_before=now + GATHER if day is None else now, attempts=0, day=day,
    )  # fmt: skip
    made = session.execute(
        row.on_conflict_do_nothing().returning(NoticeMail.notice_mail_id, NoticeMail.not_before)
    ).first()
    if made is None:
        return 0
    defer(session, Kind.MAIL_NOTICES, made.notice_mail_id, at=made.not_before)
    return 1


def _lines(session: Session, mailing: NoticeMail) -> list[Line]:
    """What she may still read, in order. The subject of a draft is its content: of drafts only that there is one."""
    found = select(Notice).where(Notice.notice_mail_id == mailing.notice_mail_id, Notice.seen_at.is_(None))
    lines = []
    for notice in session.scalars(found.order_by(Notice.at, Notice.notice_id)):
        document = session.get(Document, notice.document_id) if notice.document_id is not None else None
        if document is not None and not may_read(session, mailing.official_id, document):
            continue
        drafted = "subject" in notice.values
        values: dict[str, object] = {
            name: notice.values[name] for name in ("number", "due_on") if name in notice.values
        }
        searched = "search" in notice.values  # its name may say what somebody's letter is about
        message = "notices.mail_of_draft" if drafted else "notices.mail_of_search" if searched else notice.message
        lines.append(Line(message, values, notice.document_id))
    return lines


def _gone(official: Official) -> bool:
    return official.left_on is not None and official.left_on <= clock.today(official.organisation.time_zone)
