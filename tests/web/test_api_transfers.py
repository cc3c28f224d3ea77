"""Transfers for programs: the archive's answer with its scan, a refusal for good, what else may be answered; strangers refused."""

from __future__ import annotations

import hashlib
from datetime import date

from sqlalchemy import select
from werkzeug.test import TestResponse

from edms import clock
from edms.archive.models import TransferLine
from edms.db.engine import transaction
from edms.filing.models import CaseFile
from edms.retention.due import Obstacle
from edms.retention.models import CaseKeeping
from edms.web.api.openapi import document
from tests import disposals
from tests.web.conftest import PREFIX, Api, Program
from tests.web.test_api_keeping import staged
from workers import archiving

SCAN = b"%PDF-1.7 the archive's receipt"


def for_archive(api: Api) -> int:
    """A closed case file of a class that the archive takes after 75 years, which are over; its id."""
    case = staged(api)
    with transaction(api.house.sessions) as session:
        row = session.get_one(CaseKeeping, case)
        row.transfer_from = date(2026, 1, 1)
    return case


def handed_over(api: Api, case: int) -> dict:
    """A transfer of this case file that the archive looks at."""
    archivist = api.program("archivist")
    made = archivist.make("/transfers", {"archive": "ეროვნული არქივი", "case_file_ids": [case]})
    with transaction(api.house.sessions) as session:
        lines = session.scalars(
            select(TransferLine.transfer_line_id).where(TransferLine.transfer_id == made["transfer_id"])
        ).all()
    for line in lines:
        archiving.pack(api.house, line)
    here = f"/transfers/{made['transfer_id']}"
    return archivist.change(archivist.get(here), f"{here}/hand-over")


def put(program: Program, thing: dict, raw: bytes = SCAN) -> TestResponse:
    return program.client.put(
        f"{PREFIX}/transfers/{thing['transfer_id']}/receipt-scan",
        data=raw,
        headers={
            "Authorization": f"Bearer {program.secret}",
            "If-Match": f'"{thing["etag"]}"',
            "X-File-Name": "%E1%83%A5%E1%83%95%E1%83%98%E1%83%97%E1%83%90%E1%83%A0%E1%83%98.pdf",
            "Content-Type": "application/octet-stream",
        },
    )


def test_the_receipt_comes_with_its_scan_once(api: Api) -> None:
    archivist = api.program("archivist")
    looked = handed_over(api, for_archive(api))
    here = f"/transfers/{looked['transfer_id']}"
    assert archivist.call("GET", f"{here}/receipt-scan").status_code == 404
    kept = put(archivist, looked)
    assert kept.status_code == 200 and kept.json["scan_sha256"] == hashlib.sha256(SCAN).hexdigest()
    assert put(archivist, looked).status_code == 412  # it has changed since
    assert put(archivist, kept.json).status_code == 409  # one is there
    done = archivist.change(
        kept.json, f"{here}/accept", {"receipt": "17", "day": clock.today("Asia/Tbilisi").isoformat()}
    )
    assert (done["state"], done["scan_sha256"]) == ("accepted", kept.json["scan_sha256"])
    scan = archivist.call("GET", f"{here}/receipt-scan")
    assert scan.data == SCAN and "pdf" in scan.headers["Content-Disposition"]
    for who in ("registrar", "executor", "stranger", "administrator"):
        assert api.program(who).call("GET", f"{here}/receipt-scan").status_code == 403, who
        assert put(api.program(who), done).status_code == 403, who
    assert put(api.program("mayor"), done).status_code == 403  # she may look
    for who in ("foreigner", "foreign_administrator"):
        assert api.program(who).call("GET", f"{here}/receipt-scan").status_code in (403, 404)
        assert put(api.program(who), done).status_code in (403, 404)


def test_what_the_archive_takes_is_not_destroyed_before_it_says_that_it_never_will(api: Api) -> None:
    archivist, case = api.program("archivist"), for_archive(api)
    assert [row["case_file_id"] for row in archivist.get("/transfers/due")["items"]] == [case]
    assert archivist.get("/disposal-due?year=2026")["items"][0]["obstacles"] == [Obstacle.FOR_ARCHIVE]
    body = {"case_file_ids": [case], "ground": "ოქმი №1"}
    assert archivist.call("POST", "/disposal-acts", body, Idempotency_Key="early").status_code == 409
    for for_good, listed in ((False, [case]), (True, [])):
        looked = handed_over(api, case)
        here = f"/transfers/{looked['transfer_id']}/refuse"
        refused = archivist.change(looked, here, {"reason": "ღირებულება არ აქვს", "for_good": for_good})
        assert refused["state"] == "refused"
        assert [row["case_file_id"] for row in archivist.get("/transfers/due")["items"]] == listed
    assert archivist.get("/disposal-due?year=2026")["items"][0]["obstacles"] == []
    assert archivist.make("/disposal-acts", body)["cases"][0]["case_file_id"] == case


def test_a_class_that_only_the_list_states_destroys_nothing(api: Api) -> None:
    with transaction(api.house.sessions) as session:
        office = type(api.office)(**{
            name: type(value)(session, session.merge(value.official)) if hasattr(value, "official") else session.merge(value)
            for name, value in vars(api.office).items()
        })  # fmt: skip
        case = disposals.closed_case(session, office).case_file_id
        assert session.get_one(CaseFile, case) is not None
    archivist = api.program("archivist")
    assert archivist.get("/disposal-due?year=2026")["items"][0]["obstacles"] == [Obstacle.UNCONFIRMED]
    body = {"case_file_ids": [case], "ground": "ოქმი №1"}
    assert archivist.call("POST", "/disposal-acts", body, Idempotency_Key="early").status_code == 409
    archivist.make("/retention-classes", {"retention_class": "correspondence", "ground": "ნომენკლატურა"})
    assert archivist.make("/disposal-acts", body)["state"] == "proposed"


def test_the_document_tells_what_packages_may_answer() -> None:
    paths = document()["paths"]
    assert "422" in paths[f"{PREFIX}/documents/{{document_id}}/package"]["get"]["responses"]
    assert "422" in paths[f"{PREFIX}/documents/{{document_id}}/container"]["get"]["responses"]
    package = f"{PREFIX}/transfers/{{transfer_id}}/case-files/{{transfer_line_id}}/package"
    assert "409" in paths[package]["get"]["responses"]
