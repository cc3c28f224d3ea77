"""What the desk does with a line in one touch or one key: took note, to the case file; and why a line came back."""

from __future__ import annotations

from flask import url_for
from sqlalchemy.orm import Session

from edms.registry.models import Document
from edms.routing.models import Assignment, Submission
from edms.staff.models import Official
from edms.web.kit import LineAct, language, t

HERE = {"back": "desk"}


def of_submission(lying: Submission) -> list[LineAct]:
    """A letter that needs nobody's work is closed without a page between (for information; to the case file)."""
    address = url_for("acting.act", document_id=lying.document_id, what="close")
    return [
        LineAct(t("letter.for_information"), address, "KeyT", {**HERE, "do": "noted"}),
        LineAct(t("letter.into_file"), address, "KeyF", {**HERE, "do": "file"}),
    ]


def of_note(work: Assignment) -> list[LineAct]:
    """To have taken note is one touch; the day is kept with the name."""
    address = url_for("acting.act", document_id=work.document_id, what="acquaint", thing=work.assignment_id)
    return [LineAct(t("letter.take_note"), address, "KeyT", HERE)]


def of_paper(document: Document) -> list[LineAct]:
    """That the paper came is one touch."""
    address = url_for("acting.act", document_id=document.document_id, what="receive-paper")
    return [LineAct(t("beside.paper_is_here"), address, "KeyT", {**HERE, "do": "yes"})]


def given_back(session: Session, thing: Assignment | Submission) -> str:
    """Who gave it back, and why."""
    person = session.get_one(Official, thing.official_id)
    return t("desk.given_back_why", name=person.name(language()), reason=(thing.end_reason or "").rstrip(" .։"))
