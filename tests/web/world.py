"""One thing of every kind that the API has an address for, about one letter that few may read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from edms import clock
from edms.capture import doubts
from edms.capture.models import DoubtfulLine, PageText, TextSource
from edms.db.engine import transaction
from edms.registry.lifecycle import step
from edms.registry.models import Content, Document
from edms.registry.words import DocumentState
from tests.web.conftest import Api


@dataclass
class World:
    """Ids by the names that paths and bodies use."""

    ids: dict[str, Any]

    def address(self, path: str) -> str:
        """The path with its ids."""
        return re.sub(r"{(\w+)}", lambda found: str(self.ids.get(found[1], 1)), path)


def world(api: Api) -> World:
    """A letter, confidential to its people, with all that can belong to it."""
    registrar, mayor, unit_head = (api.program(name) for name in ("registrar", "mayor", "unit_head"))
    arrival = registrar.upload("წერილი".encode(), "letter.txt").get_json()
    waiting = registrar.upload(b"waits", "waits.txt").get_json()
    letter = registrar.make(
        "/documents",
        {"register_id": api.office.incoming.register_id, "summary": "თხოვნა", "correspondent_name": "ანა კალანდაძე",
         "arrival_id": arrival["arrival_id"], "grade": "official_use", "case_index": "12-05"},
    )  # fmt: skip
    document = f"/documents/{letter['document_id']}"
    laid = registrar.make(f"{document}/submissions", {"official_id": api.ids["mayor"]})
    resolution = mayor.make(
        f"{document}/resolutions", {"text": "შეასრულეთ", "executors": [{"official_id": api.ids["unit_head"]}]}
    )
    api.ten_seconds_later()
    top = resolution["assignments"][0]["assignment_id"]
    down = unit_head.make(
        f"/assignments/{top}/resolutions", {"text": "ნახეთ", "executors": [{"official_id": api.ids["executor"]}]}
    )
    api.ten_seconds_later()
    work = down["assignments"][0]["assignment_id"]
    executor = api.program("executor")
    due = datetime.fromisoformat(resolution["due_on"]).date()
    asked = executor.make(
        f"/assignments/{work}/extensions", {"wanted": (due + timedelta(days=2)).isoformat(), "reason": "ველოდებით"}
    )
    report = executor.make(f"/assignments/{work}/reports", {"text": "შესრულდა"})
    mayor.make(f"{document}/control", {})
    draft = executor.make(
        "/drafts",
        {"kind": "reply", "in_reply_to_id": letter["document_id"], "subject": "პასუხი", "signer_id": api.ids["mayor"],
         "text": "პასუხი"},
    )  # fmt: skip
    mailing = executor.make(
        "/mailings",
        {"subject": "გადასახადი", "text": "გადაიხადეთ", "signer_id": api.ids["mayor"],
         "rows": [{"name": "ანა", "address": "გორი"}]},
    )  # fmt: skip
    until = (clock.now() + timedelta(hours=3)).isoformat()
    number = registrar.make(
        f"/registers/{api.office.incoming.register_id}/numbers", {"reason": "სასამართლო", "until": until}
    )
    journal = registrar.make(
        f"/registers/{api.office.incoming.register_id}/journals", {"first": "2026-01-01", "last": "2026-01-31"}
    )
    own = registrar.make(
        "/documents",
        {"register_id": api.office.outgoing.register_id, "summary": "პასუხი", "correspondent_name": "ანა",
         "correspondent_address": "გორი", "waiting_scan": False, "grade": "official_use"},
    )  # fmt: skip
    with transaction(api.house.sessions) as session:
        step(session.get_one(Document, own["document_id"]), DocumentState.SIGNED)
        content_id = arrival["content"]["content_id"]
        words = [["ერთი", 0.1, 0.1, 0.2, 0.02, 40], ["თხოვნა", 0.4, 0.1, 0.2, 0.02, 40]]
        page = PageText(content_id=content_id, page=1, text="ერთი თხოვნა", source=TextSource.OCR, words=words)
        session.add(page)
        doubts.note(session, session.get_one(Content, content_id), page)
        session.flush()
        line_id = session.scalars(select(DoubtfulLine.doubtful_line_id)).one()
    sending = registrar.make(f"/documents/{own['document_id']}/dispatches", {"channel": "post"})
    archivist = api.program("archivist")
    index = archivist.make(
        "/case-indexes",
        {"year": letter["year"], "index": "12-05", "titles": {"ka": "გზები"}, "retention_class": "correspondence"},
    )
    archivist.make(
        "/case-indexes",
        {"year": letter["year"], "index": "01-01", "titles": {"ka": "ბრძანებები"}, "retention_class": "orders"},
    )
    filed = registrar.make(
        "/documents",
        {
            "register_id": api.office.internal.register_id,
            "summary": "შიდა",
            "case_index": "01-01",
            "waiting_scan": False,
        },
    )
    registrar.change(filed, f"/documents/{filed['document_id']}/file", {})
    case = archivist.get(f"/case-files?year={letter['year']}")["items"][0]
    person = registrar.make("/correspondents", {"name": "შპს მზე", "kind": "body"})
    other = registrar.make("/correspondents", {"name": "შპს მთვარე", "kind": "body"})
    allowed = mayor.make("/entrustments", {"secretary_id": api.ids["head_secretary"]})
    question = mayor.make(
        f"{document}/consultations",
        {"question": "შეიძლება?", "official_ids": [api.ids["controller"]], "due_on": resolution["due_on"]},
    )
    comment = executor.make(f"{document}/comments", {"text": "ნახეთ"})
    proceeding = executor.make(f"{document}/proceeding", {"service": "social_assistance"})
    steps = executor.get(f"/proceedings/{proceeding['case_id']}")["steps"]
    searched = registrar.make("/saved-searches", {"name": "გზები", "q": "გზა"})
    return World(
        {
            "case_id": proceeding["case_id"],
            "proposal_id": 1,  # of a case whose route knows none
            "case_step_id": steps[-1]["case_step_id"],
            "service": "social_assistance",
            "consultation_id": question["consultation_id"],
            "opinion_id": question["opinions"][0]["opinion_id"],
            "comment_id": comment["comment_id"],
            "to_id": api.ids["second_executor"],
            "entrustment_id": allowed["entrustment_id"],
            "head_id": api.ids["mayor"],
            "secretary_id": api.ids["head_secretary"],
            "arrival_id": waiting["arrival_id"],
            "document_id": letter["document_id"],
            "content_id": arrival["content"]["content_id"],
            "submission_id": laid["submission_id"],
            "resolution_id": down["resolution_id"],
            "assignment_id": work,
            "extension_id": asked["extension_id"],
            "report_id": report["report_id"],
            "draft_id": draft["draft_id"],
            "mailing_id": mailing["mailing_id"],
            "journal_id": journal["journal_id"],
            "number_id": number["number_id"],
            "register_id": api.office.incoming.register_id,
            "dispatch_id": sending["dispatch_id"],
            "case_index_id": index["case_index_id"],
            "case_file_id": case["case_file_id"],
            "correspondent_id": person["correspondent_id"],
            "other_id": other["correspondent_id"],
            "official_id": api.ids["executor"],
            "signer_id": api.ids["mayor"],
            "instructed_by_id": api.ids["mayor"],
            "page": 1,
            "doubtful_line_id": line_id,
            "saved_search_id": searched["saved_search_id"],
        }
    )
