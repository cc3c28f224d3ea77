"""Letters by a list: the list and the text, a report before anything is written, the letters being made."""

from __future__ import annotations

import json

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms.drafting import seats
from edms.drafting.mailing import making, reading
from edms.drafting.mailing.models import RowState
from edms.drafting.mailing.naming import SENT, words_of
from edms.errors import Conflict, Invalid, RuleBroken
from edms.registry.words import Channel
from edms.web.desk import tables
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import OneLine, Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("mailing", __name__, url_prefix="/mailings")


class Writing(BaseModel):
    """What is the same in all the letters, and whether they have one number."""

    subject: OneLine = ""
    text: Paragraphs = ""
    signer: int = 0
    language: OneLine = "ka"
    channel: Channel = Channel.POST
    case_index: OneLine | None = None
    numbers: OneLine = "each"
    file_name: OneLine = ""


@bp.get("/")
def mine() -> str:
    """One's own lists."""
    with house().transaction() as session:
        rows = [(each, making.counts(session, each)) for each in making.mailings(session, actor())]
    return render_template("desk/mailings.html", rows=rows, states=RowState)


@bp.route("/new", methods=["GET", "POST"])
def new() -> str | Response | tuple[str, int]:
    """Text and list; the report of what would be made; then made."""
    who, report, rows, sample = actor(), None, "", ""
    form = Filled.of(numbers="each", language=language(), channel=Channel.POST.value)
    if request.method == "POST":
        try:
            written, named = read(Writing), words_of()
            given = tables.given()
            lines = reading.understood(given, named, usual=written.channel)
            one_number = written.numbers == "one"
            reading.check(f"{written.subject}\n{written.text}", lines, named, one_number=one_number)
            good = [line for line in lines if not line.faults]
            if request.form.get("do") == "make":
                with house().transaction() as session:
                    text = making.Text(
                        written.subject, written.text, written.signer, written.language, written.case_index,
                        written.channel, one_number,
                    )  # fmt: skip
                    made = making.ask(session, who, text, good, file_name=written.file_name)
                    mailing_id = made.mailing_id
                return redirect(url_for("mailing.page", mailing_id=mailing_id), 303)
            report, rows = lines, json.dumps(given, ensure_ascii=False)
            form = Filled(values={name: list(values) for name, values in request.form.lists()})
            sample = reading.filled(written.text, good[0].cells, named.heads) if good else ""
        except (Invalid, Conflict, RuleBroken) as error:
            form = Filled.again(error, {"table": t("mailing.list"), "text": t("drafting.text")})
    with house().transaction() as session:
        people = [(p.official_id, f"{p.name(language())} · {p.post(language())}") for p in seats.signers(session, who)]
    file = request.files.get("table")
    page = render_template(
        "desk/mailing_new.html", form=form, report=report, rows=rows, sample=sample, signers=people,
        file_name=file.filename if file is not None else form.value("file_name"),
        wrong=[line for line in report or [] if line.faults], good=[line for line in report or [] if not line.faults],
        channels=[(c.value, t(f"registry.channel.{c.value}")) for c in SENT],
        tongues=[(code, t(f"language.name.{code}")) for code in ("ka", "hy", "en", "ru")],
        heads=[t(f"mailing.column.{column}") for column in reading.COLUMNS],
    )  # fmt: skip
    return (page, 422) if form.failed else page


@bp.get("/<int:mailing_id>")
def page(mailing_id: int) -> str:
    """How far it is, and which rows failed."""
    with house().transaction() as session:
        mailing = making.mailing_of(session, actor(), mailing_id)
        rows = making.rows_of(session, mailing)
        return render_template(
            "desk/mailing.html", mailing=mailing, counts=making.counts(session, mailing),
            failed=[row for row in rows if row.state is RowState.FAILED],
            made=[row for row in rows if row.state is RowState.MADE], states=RowState, all=len(rows),
        )  # fmt: skip


@bp.post("/<int:mailing_id>/retry")
def retry(mailing_id: int) -> Response:
    """Try those that failed once more."""
    with house().transaction() as session:
        making.retry(session, actor(), making.mailing_of(session, actor(), mailing_id))
    return redirect(url_for("mailing.page", mailing_id=mailing_id), 303)
