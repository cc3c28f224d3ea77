"""A letter with all that proves it, as one ZIP for a court or a citizen: what lies in it, and the file."""

from __future__ import annotations

import tempfile

from flask import Blueprint, render_template, send_file
from werkzeug.wrappers import Response

from edms import clock
from edms.archive import exporting
from edms.overview import reading
from edms.registry import contents
from edms.registry.documents import document_of
from edms.signing import verdict_lines
from edms.web.desk.tables import attached
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("packages", __name__, url_prefix="/letters")
MEDIA = "application/zip"
IN_MEMORY = 1 << 20


@bp.get("/<int:document_id>/package")
def page(document_id: int) -> str:
    """What the package holds, and how whoever gets it checks it."""
    with house().transaction() as session:
        document = document_of(session, actor(), document_id)
        papers = contents.papers(session, document)
        signed = verdict_lines.within(session, [place.content_id for place in papers])
        return render_template(
            "desk/package.html", document=document, papers=papers, signed={content.content_id for content, _ in signed}
        )


@bp.get("/<int:document_id>/package.zip")
def download(document_id: int) -> Response:
    """The package. Errors: Invalid for papers too large to wait for; Unavailable, Corrupt from the store."""
    with house().transaction() as session:
        document_of(session, actor(), document_id)
    until = clock.now()
    house().seal()
    with house().transaction() as session:
        document = reading.read(session, actor(), document_id)
        export = exporting.of_letter(
            session, actor(), document, house().store, verifier=house().ledger_signer.verifier, until=until,
            published=house().key_page, most=exporting.LARGEST_AT_ONCE,
        )  # fmt: skip
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - read to its end by the answer
    exporting.pack(target, export)
    target.seek(0)
    answer = send_file(target, mimetype=MEDIA, max_age=0)
    answer.headers["Content-Disposition"] = attached(document.number.replace("/", "-"), "zip")
    return answer
