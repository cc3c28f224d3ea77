"""Verdicts through the API: what was found about each signature, the evidence, the signed revision; a stranger gets none."""

from __future__ import annotations

from edms import clock
from edms.registry.models import Content
from edms.signing import trust
from edms.signing.examination import examine
from edms.signing.verdict_lines import keep
from tests import forgeries, signed_things
from tests.web.conftest import Api

FORGED = forgeries.updated(forgeries.shadow_signed(), forgeries.CHANGES["page added"])


def test_a_program_reads_what_was_found(api: Api) -> None:
    verdict = examine(FORGED, trust.load(signed_things.authority().trust_dir), at=clock.now())
    program = api.program("registrar")
    arrival = program.upload(FORGED, "letter.pdf").get_json()
    content_id = arrival["content"]["content_id"]
    with api.house.transaction() as session:
        keep(session, session.get_one(Content, content_id), verdict)
    (waiting,) = program.get(f"/arrivals/{arrival['arrival_id']}/signatures")["items"]
    assert waiting["bottom"] == "failed"
    letter = {
        "register_id": api.office.incoming.register_id,
        "summary": "თხოვნა",
        "correspondent_name": "ანა კალანდაძე",
    }
    made = program.make("/documents", {**letter, "arrival_id": arrival["arrival_id"]})
    document_id = made["document_id"]
    (found,) = program.get(f"/documents/{document_id}/signatures")["items"]
    assert (found["content_id"], found["bottom"], found["sub_indication"]) == (content_id, "failed", "FORMAT_FAILURE")
    (signature,) = found["signatures"]
    assert signature["changed_after"] and signature["who"] == signed_things.EC.name
    assert signature["changes"][0]["what"] == "signing.change_pages_added" and signature["changes"][0]["text"]
    revision = program.call("GET", f"/documents/{document_id}/contents/{content_id}/signed")
    assert revision.status_code == 200 and forgeries.shadow_signed().startswith(revision.data)
    evidence = program.call("GET", f"/documents/{document_id}/contents/{content_id}/evidence").get_json()
    assert evidence["signatures"][0]["chain"] and evidence["verdict"] == "failed"
    for name in ("stranger", "foreigner"):
        for rest in ("signatures", f"contents/{content_id}/signed", f"contents/{content_id}/evidence"):
            assert api.program(name).call("GET", f"/documents/{document_id}/{rest}").status_code == 404
