"""Word templates: added with their places checked, taken out of use."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import word_templates
from edms.drafting.models import DraftKind
from edms.drafting.paper import word
from edms.errors import Invalid
from edms.registry import contents
from edms.registry.models import Content
from edms.staff.models import Organisation
from edms.web.desk import pictures
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("templating", __name__, url_prefix="/templates")
LARGEST = 20 * 1024 * 1024


class Adding(BaseModel):
    """What the template is called and for."""

    name: OneLine = ""
    kind: DraftKind = DraftKind.LETTER
    language: OneLine = "ka"


@bp.get("/")
def page() -> str:
    """The templates of the organisation."""
    require(actor(), Permission.TEMPLATE_MANAGE)
    return _page(Filled.of(kind=DraftKind.LETTER.value, language=language()))


@bp.post("/")
def add() -> Response | tuple[str, int]:
    """Take in a Word file as template; its places are checked before a row is made."""
    who = actor()
    require(who, Permission.TEMPLATE_MANAGE)
    try:
        form, file = read(Adding), request.files.get("file")
        if file is None or not file.filename:
            raise Invalid(fields={"file": "field.missing"})
        written = file.read(LARGEST + 1)
        if len(written) > LARGEST:
            raise Invalid(fields={"file": "error.too_large"})
        word_templates.check(written)
        file.stream.seek(0)
        stored = house().store.put(file.stream, limit=LARGEST)
        with house().transaction() as session:
            organisation = session.get_one(Organisation, who.organisation_id)
            content = contents.enter(
                session, who, organisation_id=organisation.organisation_id, stored=stored, name=file.filename
            )
            word_templates.add_template(
                session, who, organisation, content, written, kind=form.kind, names={form.language: form.name},
                language=form.language,
            )  # fmt: skip
    except Invalid as error:
        return _page(Filled.again(error, {"name": t("template.name"), "file": t("template.file")})), 422
    return redirect(url_for("templating.page"), 303)


@bp.post("/<int:word_template_id>/withdraw")
def withdraw(word_template_id: int) -> Response:
    """Out of use."""
    with house().transaction() as session:
        found = word_templates.word_template_of(session, actor(), word_template_id)
        word_templates.withdraw(session, actor(), found)
    return redirect(url_for("templating.page"), 303)


@bp.get("/<int:word_template_id>/file")
def download(word_template_id: int) -> Response:
    """The Word file itself."""
    with house().transaction() as session:
        found = word_templates.word_template_of(session, actor(), word_template_id)
        content = session.get_one(Content, found.content_id)
    return pictures.download(house().store, content)


def _page(form: Filled) -> str:
    with house().transaction() as session:
        found = word_templates.word_templates(session, actor())
        return render_template(
            "desk/word_templates.html",
            form=form,
            templates=found,
            converts=word.converter() is not None,
            known_places=word_templates.PLACES,
            kinds=[(k.value, t(f"drafting.kind.{k.value}")) for k in DraftKind],
            tongues=[(code, t(f"language.name.{code}")) for code in ("ka", "hy", "en", "ru")],
        )
