"""What there is of a letter besides its card, asked in one statement: most letters have little of it, and whoever shows
a letter then asks only for what is there."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import BindParameter, bindparam, exists, literal_column, or_, select
from sqlalchemy.orm import Session

from edms.drafting.models import Draft
from edms.events import Event, EventLine
from edms.filing.models import CaseFileEntry
from edms.registry.downtime.models import HandEntry
from edms.registry.going_out.models import Addressee
from edms.registry.intake.models import DocumentIntake, DocumentParty, DocumentValuable, SpokenRecord
from edms.registry.models import Dispatch, Document, DocumentLink, Number
from edms.retention.models import Hold
from edms.routing.models import Resolution, Submission, SubmissionState
from edms.routing.opinions.models import Consultation
from edms.routing.originals.models import PaperOriginal
from edms.routing.talk.models import Comment
from edms.services.models import Case
from edms.signing.models import SignatureRequest


@dataclass(frozen=True)
class There:
    """Is there any of it? Unasked, all may be there."""

    comments: bool = True
    counter: bool = True  # what was noted at the counter: intake, further senders, valuables, what was said
    drafts: bool = True  # that answer it
    filed: bool = True
    former: bool = True  # numbers it had before
    given_back: bool = True  # submissions
    hand_written: bool = True  # its number, during a downtime
    handed: bool = True  # work on it, to somebody else
    held: bool = True  # itself, whatever its case file is
    links: bool = True
    paper: bool = True  # somebody has the original
    proceeding: bool = True
    questions: bool = True
    raised: bool = True  # a paper of it was to be signed here
    resolutions: bool = True
    sent: bool = True


ALL = There()
_IDENT: BindParameter[int] = bindparam("ident")


def _of(table: Any, *conditions: Any) -> Any:
    return exists().where(table.document_id == _IDENT, *conditions)


_ASKED = {
    "comments": _of(Comment),
    "counter": or_(*(_of(table) for table in (DocumentIntake, DocumentParty, DocumentValuable, SpokenRecord))),
    "drafts": exists().where(Draft.in_reply_to_id == _IDENT),
    "filed": _of(CaseFileEntry),
    "former": _of(Number, Number.state == literal_column("'void'")),
    "given_back": _of(Submission, Submission.state == SubmissionState.GIVEN_BACK),
    "hand_written": _of(HandEntry),
    "handed": _of(EventLine, EventLine.kind == literal_column(f"'{Event.ASSIGNMENT_HANDED_OVER.value}'")),
    "held": _of(Hold, Hold.lifted_at.is_(None)),
    "links": or_(_of(DocumentLink), exists().where(DocumentLink.other_id == _IDENT)),
    "paper": _of(PaperOriginal),
    "proceeding": _of(Case),
    "questions": _of(Consultation),
    "raised": _of(SignatureRequest),
    "resolutions": _of(Resolution),
    "sent": or_(_of(Dispatch), _of(Addressee)),
}
# Built once: the statement is long, and building it anew costs more than asking it.
_STATEMENT = select(*(_ASKED[each.name].label(each.name) for each in fields(There)))


def of(session: Session, document: Document) -> There:
    """What there is of a letter that the caller may read."""
    return There(*session.execute(_STATEMENT, {"ident": document.document_id}).one())
