"""Acts on a letter's card and papers: corrected, filed, a paper added or withdrawn, a reply marked, service proved."""

from __future__ import annotations

from flask import request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.filing.case_files import file_document
from edms.filing.plan import case_indexes
from edms.registry import contents, documents, reissue
from edms.registry.going_out import answers
from edms.registry.models import Document, DocumentContent
from edms.registry.words import ContentRole, IdentityPaper, LinkKind
from edms.web.desk import correct_form, uploaded
from edms.web.desk.deeds import Deed, Field, Shown
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import Day, OneLine


class Filing(BaseModel):
    """Into which case."""

    case_index: OneLine | None = None


class Adding(BaseModel):
    """A further paper: as what, and its own date."""

    role: ContentRole = ContentRole.LATER_PAPER
    dated_on: Day | None = None


class Marking(BaseModel):
    """Final or interim, and why it is said anew."""

    final: bool
    reason: OneLine = ""


class Losing(BaseModel):
    """What was shown by whoever lost the code."""

    shown: IdentityPaper
    last: OneLine = ""


def _correct_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_CORRECT, document)
    values = {"options": correct_form.options(session, who, document), "indexes": _indexes(session, who)}
    return Shown(correct_form.filled(document), values=values)


def _correct(session: Session, who: Actor, document: Document, thing: int) -> None:
    correct_form.correct(session, who, document, read(correct_form.Correcting))


def _indexes(session: Session, who: Actor) -> list[tuple[str, str]]:
    year = clock.today(who.time_zone).year
    return [(line.index, f"{line.index} {line.title(language())}") for line in case_indexes(session, who, year=year)]


def _file_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_FILE, document)
    indexes = _indexes(session, who)
    kind = "select" if indexes else "text"
    field = Field(kind, "case_index", "card.case_index", [("", ""), *indexes], hint="" if indexes else "filing.no_list")
    return Shown(Filled.of(case_index=document.case_index), [field])


def _file(session: Session, who: Actor, document: Document, thing: int) -> None:
    file_document(session, who, document, case_index=read(Filing).case_index)


def _paper_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_CORRECT, document)
    roles = (ContentRole.ORIGINAL, ContentRole.LATER_PAPER, ContentRole.ANNEX, ContentRole.PROOF)
    waits = ContentRole.ORIGINAL if document.waiting_scan else ContentRole.LATER_PAPER
    return Shown(
        Filled.of(role=waits.value),
        [
            Field("chips", "role", "paper.as_what", [(r.value, t(f"registry.content_role.{r.value}")) for r in roles]),
            Field("day", "dated_on", "paper.dated_on", required=False, hint="paper.dated_on_hint"),
            Field("file", "file", "paper.file"),
        ],
    )


def _paper(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Adding)
    content = uploaded.content(session, who, document)
    if content is None:
        raise Invalid(fields={"file": "field.missing"})
    contents.add_paper(session, who, document, content, role=form.role, dated_on=form.dated_on)


def _place(session: Session, document: Document, content_id: int) -> DocumentContent:
    found = next((p for p in contents.papers(session, document) if p.content_id == content_id), None)
    if found is None:
        raise NotFound
    return found


def _withdraw_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_CORRECT, document)
    place = _place(session, document, thing)
    told = [(t(f"registry.content_role.{place.role.value}"), place.content.name)]
    return Shown(fields=[Field("text", "reason", "desk.reason", hint="paper.withdraw_hint")], told=told)


def _withdraw(session: Session, who: Actor, document: Document, thing: int) -> None:
    contents.withdraw_paper(session, who, document, thing, reason=request.form.get("reason", ""))


def _final_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_CORRECT, document)
    if not answers.answers(session, document):
        raise RuleBroken("registry.answers_nothing", number=document.number)
    options = [("yes", t("letter.final")), ("no", t("letter.interim"))]
    final = None if document.final is None else "yes" if document.final else "no"
    return Shown(
        Filled.of(final=final),
        [Field("chips", "final", "letter.final_or_interim", options), Field("text", "reason", "desk.reason")],
    )


def _final(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Marking)
    answers.mark(session, who, document, final=form.final, reason=form.reason)


def _link(session: Session, who: Actor, document: Document, thing: int) -> tuple[LinkKind, bool, Document]:
    """The link to that letter, by the kind and direction that the address names."""
    kind, start = request.values.get("kind", ""), request.values.get("start", "here") == "here"
    for found, from_here, other in documents.linked(session, who, document):
        if (other.document_id, found.value, from_here) == (thing, kind, start):
            return found, from_here, other
    raise NotFound


def _unlink_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    kind, from_here, other = _link(session, who, document, thing)
    require(who, Permission.DOCUMENT_LINK, document)
    told = [(t(f"registry.link_kind.{kind.value}"), f"{other.number} · {other.summary}")]
    hidden = {"hidden": {"kind": kind.value, "start": "here" if from_here else "there"}}
    return Shown(fields=[Field("text", "reason", "desk.reason")], told=told, values=hidden)


def _unlink(session: Session, who: Actor, document: Document, thing: int) -> None:
    kind, from_here, other = _link(session, who, document, thing)
    first, second = (document, other) if from_here else (other, document)
    documents.unlink(session, who, first, second, kind, reason=request.form.get("reason", ""))


def _code_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_CORRECT, document)
    if not document.kind.comes_in:
        raise RuleBroken("registry.has_no_code", number=document.number)
    papers = [(each.value, t(f"registry.identity_paper.{each.value}")) for each in IdentityPaper]
    return Shown(
        Filled.of(shown=IdentityPaper.IDENTITY_CARD.value),
        [
            Field("chips", "shown", "letter.identity_shown", papers),
            Field("text", "last", "letter.identity_last", hint="letter.identity_last_hint"),
        ],
        [(t("letter.new_code"), t("letter.new_code_told"))],
    )


def _code(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Losing)
    reissue.reissue(session, who, document, shown=form.shown, last=form.last)


DEEDS = {
    "correct": Deed("letter.correct", _correct_shown, _correct, template="correct", button="do.save"),
    "file": Deed("letter.file", _file_shown, _file),
    "paper": Deed("letter.add_paper", _paper_shown, _paper, with_file=True),
    "withdraw": Deed("letter.withdraw_paper", _withdraw_shown, _withdraw, danger=True),
    "final": Deed("letter.final_or_interim", _final_shown, _final, button="do.save"),
    "code": Deed("letter.new_code", _code_shown, _code),
    "unlink": Deed("letter.unlink", _unlink_shown, _unlink, danger=True),
}
