"""What was seen long ago goes, in rounds of a few; what nobody has seen stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from edms import clock
from edms.notices import clearing, notices
from edms.notices.models import Notice, NoticeMail, NoticeMailState, Rhythm


def _told(session, person, key, *, seen_ago=None, mailing=None):
    notices.tell(session, person.official_id, None, "notices.table_ready", {"subject": "სია"}, key)
    row = session.scalars(select(Notice).where(Notice.source_key == key)).one()
    row.at = clock.now() - timedelta(days=400)
    row.seen_at = clock.now() - seen_ago if seen_ago is not None else None
    row.notice_mail_id = mailing.notice_mail_id if mailing is not None else None
    session.flush()


def _mail(session, office, state=NoticeMailState.SENT, day=None):
    ago = clock.now() - timedelta(days=390)
    made = NoticeMail(
        organisation_id=office.organisation.organisation_id, official_id=office.mayor.official_id, rhythm=Rhythm.NOW,
        state=state, made_at=ago, not_before=ago, day=day,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _left(session, of=Notice.source_key):
    return set(session.scalars(select(of)))


def test_what_was_seen_long_ago_goes_and_what_nobody_has_seen_stays(session, office):
    _told(session, office.mayor, "old", seen_ago=clearing.KEPT + timedelta(minutes=1))
    _told(session, office.mayor, "fresh", seen_ago=clearing.KEPT - timedelta(minutes=1))
    _told(session, office.mayor, "unseen")
    assert clearing.clear(session) == 1
    assert _left(session) == {"fresh", "unseen"}
    assert clearing.clear(session) == 0


def test_a_mail_goes_with_its_last_line(session, office):
    carried, carrying, waiting = (
        _mail(session, office),
        _mail(session, office),
        _mail(session, office, NoticeMailState.WAITING),
    )
    _told(session, office.mayor, "old", seen_ago=clearing.KEPT * 2, mailing=carried)
    _told(session, office.mayor, "unseen", mailing=carrying)
    clearing.clear(session)
    assert _left(session, NoticeMail.notice_mail_id) == {carrying.notice_mail_id, waiting.notice_mail_id}


def test_a_round_takes_a_few_at_a_time(session, office, monkeypatch):
    monkeypatch.setattr(clearing, "BATCH", 2)
    for n in range(3):
        _told(session, office.mayor, f"old {n}", seen_ago=clearing.KEPT * 2)
    assert [clearing.clear(session), clearing.clear(session)] == [2, 1]
