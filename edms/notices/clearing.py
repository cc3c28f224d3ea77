"""Notices that were seen long ago go, and with them what they say of people. What nobody has seen stays, however old.

The history of each letter keeps who did what and when; a notice only called somebody to her desk.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from edms import clock
from edms.notices.models import Notice, NoticeMail, NoticeMailState

KEPT = timedelta(days=180)  # after they were seen
BATCH = 5_000
_OVER = (NoticeMailState.SENT, NoticeMailState.EMPTY, NoticeMailState.FAILED)


def clear(session: Session) -> int:
    """Remove up to `BATCH` notices that were seen long ago, and mails of that age without a line; how many notices."""
    before = clock.now() - KEPT
    seen = select(Notice.notice_id).where(Notice.seen_at < before).order_by(Notice.seen_at).limit(BATCH)
    seen = seen.with_for_update(skip_locked=True)
    gone = session.execute(
        delete(Notice).where(Notice.notice_id.in_(seen)).execution_options(synchronize_session=False)
    )
    # Its day keeps a second digest away: it is long past. A mail that failed stands before the administrator until then.
    empty = NoticeMail.state.in_(_OVER), NoticeMail.made_at < before, ~exists().where(Notice.notice_mail_id == NoticeMail.notice_mail_id)  # fmt: skip
    mails = select(NoticeMail.notice_mail_id).where(*empty).limit(BATCH).with_for_update(skip_locked=True)
    session.execute(
        delete(NoticeMail).where(NoticeMail.notice_mail_id.in_(mails)).execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]
