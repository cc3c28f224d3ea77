"""What other registers and bodies answered, opened from the page of its case by whoever may read the letter."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from edms.overview import reading
from edms.services import cases, prints
from edms.web.desk import pictures
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("case_prints", __name__, url_prefix="/proceedings")


@bp.get("/<int:case_id>/prints/<int:content_id>")
def download(case_id: int, content_id: int) -> Response:
    """The bytes as they were brought; opening them is a reading of the letter like any other."""
    who = actor()
    with house().transaction() as session:
        case = cases.case_of(session, who, case_id)
        content = prints.print_of(session, case, content_id)
        reading.read(session, who, case.document_id)
    return pictures.download(house().store, content)
