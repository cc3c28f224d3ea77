"""Rights, from the route table itself: every route by everybody of two offices; 0 unexpected 2xx (faults.md T1).

New routes join by themselves: one that changes something must be named in MAY, or nobody may.
"""

from __future__ import annotations

import secrets
from typing import Any

from edms.access.actor import Actor
from edms.db.engine import transaction
from edms.errors import EdmsError
from edms.registry.documents import document_of
from edms.staff.actors import actor_for
from edms.staff.models import Official
from tests.web import api_cases as cases
from tests.web.conftest import PEOPLE, Api
from tests.web.world import World, world

LEADERS = {"mayor", "deputy", "unit_head"}
OFFICIALS = {"registrar", "deputy", "unit_head", "executor", "second_executor", "lawyer"}
EVERYBODY = set(PEOPLE)
AT_WORK = EVERYBODY - {"auditor"}  # who looks on only
READERS = {"registrar", "mayor", "unit_head", "executor", "controller", "archivist", "head_secretary"}
KEEPERS = {"registrar", "archivist", "head_secretary"}  # of papers

# Who may succeed in changing something; whoever is not named must not, whatever she sends.
MAY: dict[str, set[str]] = {
    "arrivals_upload": {"registrar", "foreigner"},  # each into her own office
    "endings_take_in": {"registrar", "foreigner"},  # each into her own office
    "endings_end": {"registrar"},
    "endings_tell": {"registrar"},
    "endings_take_back": {"registrar"},
    "arrivals_join": {"registrar"},
    "assignments_report": {"executor"},
    "assignments_acquaint": {"executor"},
    "assignments_give_back": {"executor"},
    "assignments_ask_more_time": {"executor"},
    "assignments_accept": {"unit_head", "mayor"},
    "assignments_return": {"unit_head", "mayor"},
    "assignments_grant": {"unit_head"},
    "assignments_refuse": {"unit_head"},
    "beside_consult": LEADERS,
    "beside_withdraw_question": {"mayor"},
    "beside_give": {"controller"},
    "beside_acquaint": {"registrar", "head_secretary", *LEADERS},
    "beside_remind": {"registrar", "head_secretary", *LEADERS},
    "beside_write": READERS,
    "beside_withdraw_comment": {"executor"},
    "beside_follow": READERS,
    "beside_conflict": READERS,  # of whom nothing lies with them: told so
    "mailing_ask": AT_WORK,  # letters of one's own; the signer decides
    "mailing_retry": {"executor"},
    "by_hand_bring": set(),  # none waits in this world: tests/web/test_api_chancellery.py
    "by_hand_give_up": set(),
    "mending_keep": {"registrar"},
    "originals_place_paper": KEEPERS,
    "originals_hand_paper": KEEPERS,
    "originals_receive_paper": READERS,  # to whom it was not handed: told so
    "originals_refuse_paper": READERS,
    "journals_ask": {"registrar", "mayor", "controller", "archivist", "auditor"},
    "control_put": {"controller", *LEADERS},
    "control_remove": {"controller", *LEADERS},
    "correspondents_enter": {"head_secretary", "stranger", "foreigner", *OFFICIALS},
    "correspondents_replace": {"head_secretary", "stranger", *OFFICIALS},
    "correspondents_merge": {"registrar"},
    "desk_seen": AT_WORK,
    "intake_correct": {"registrar"},
    "intake_open_envelope": set(),
    "intake_not_signed": set(),
    "dispatches_ask": {"registrar"},
    "dispatches_sent": {"registrar"},
    "dispatches_served": {"registrar"},
    "dispatches_came_back": {"registrar"},
    "dispatches_take_back": {"registrar"},
    "dispatches_code": {"registrar"},
    "dispatches_leave_at_that": {"registrar"},
    "outgoing_put": {"executor"},
    "outgoing_add_later": {"registrar"},
    "outgoing_certify": KEEPERS,
    "outgoing_hand_over": {"registrar", "foreigner"},  # each of her own office
    "documents_register": {"registrar"},
    "documents_correct": {"registrar"},
    "documents_link": {"registrar", "mayor", "unit_head", "executor", "controller", "archivist", "head_secretary"},
    "drafts_begin": AT_WORK,  # a letter of one's own; the signer decides
    "bringing_bring": {"executor"},
    "bringing_agree": {"executor"},
    "drafts_save": {"executor"},
    "drafts_print": {"executor"},
    "drafts_send": {"executor"},
    "drafts_take_back": {"executor"},
    "drafts_withdraw": {"executor"},
    "drafts_agree": set(),
    "drafts_remark": set(),
    "drafts_refuse": {"mayor"},
    "drafts_delegate": {"mayor"},
    "drafts_call_off": {"executor", "unit_head", "mayor"},  # the author and who leads her
    "filing_enter": {"archivist"},
    "filing_replace": {"archivist"},
    "filing_withdraw": {"archivist"},
    "filing_close": {"archivist"},
    "filing_file": {"registrar", "archivist", "executor", "unit_head"},
    "keeping_trigger": {"archivist"},
    "keeping_confirm": {"archivist"},
    "disposals_propose": {"archivist"},
    "disposals_take_out": set(),  # there is no act in this world: tests/web/test_api_keeping.py
    "disposals_withdraw": set(),
    "keeping_hold": {"archivist", "lawyer", "mayor"},
    "handing_over_give": {"executor", *LEADERS},
    "handwriting_entrust": LEADERS,
    "handwriting_end": {"mayor", "head_secretary"},
    "handwriting_enter": {"head_secretary"},
    "course_extend_term": LEADERS,
    "course_suspend_term": LEADERS,
    "course_resume_term": {"registrar", "executor", *LEADERS},
    "proceedings_begin": {"registrar", "executor", *LEADERS},
    "proceedings_break_off": LEADERS,
    "proceedings_enter": {"executor"},
    "proceedings_note": {"executor"},
    "proceedings_query": {"executor"},
    "proceedings_withdraw": LEADERS,
    "publications_publish": {"registrar", "executor"},
    "proceeding_fees_reckon": {"executor"},
    "proceeding_fees_pay": set(),  # none is asked in this world
    "proceeding_fees_exempt": LEADERS,
    "proceeding_fees_give_back": set(),
    "proceedings_do": {"executor"},
    "proceedings_go_back": {"executor", *LEADERS},
    "proceedings_extend": {"executor"},
    "proceedings_hand": {"executor", *LEADERS},
    "proceedings_name": {"registrar", "executor"},
    "proceedings_answer": {"executor"},
    "services_here_seat": {"administrator", "foreign_administrator"},  # each of her own office
    "services_here_choose": {"administrator", "foreign_administrator"},
    "services_here_offer": {"administrator", "foreign_administrator"},
    "proposals_add": {"executor"},  # its route knows none, which it is told who has the case
    "proposals_enter": set(),
    "proposals_strike": set(),
    "papers_reissue_code": {"registrar"},
    "papers_withdraw": {"registrar"},
    "reading_turns_stop_arrival": {"registrar"},
    "reading_turns_stop_paper": KEEPERS,
    "reading_turns_take_up_arrival": {"registrar"},
    "reading_turns_take_up_paper": KEEPERS,
    "recognition_judge": KEEPERS,
    "registers_open": {"administrator", "foreign_administrator"},
    "registers_amend": {"administrator"},
    "registers_reserve": {"registrar"},
    "remaking_remake": {"registrar"},
    "remaking_undo": {"registrar"},
    "resolutions_issue": LEADERS,
    "resolutions_delegate": {"executor"},
    "resolutions_amend": {"unit_head", "mayor"},
    "resolutions_cancel": {"unit_head", "mayor"},
    "resolutions_take_back": {"unit_head"},
    "searches_save": AT_WORK,
    "searches_replace": {"registrar"},
    "searches_remove": {"registrar"},
    "searches_use": {"registrar"},
    "transfers_draw_up": {"archivist"},
    "transfers_hand_over": {"archivist"},
    "transfers_accept": {"archivist"},
    "transfers_keep_scan": {"archivist"},
    "transfers_refuse": {"archivist"},
    "transfers_call_off": {"archivist"},
    "transfers_pack_again": {"archivist"},
    "submissions_submit": {"registrar", "head_secretary", *LEADERS},
    "submissions_give_back": {"mayor"},
    "submissions_take_back": {"registrar"},
}  # fmt: skip

OF_LETTER = {"case_id", "case_step_id", "document_id", "submission_id", "resolution_id", "assignment_id", "report_id", "extension_id", "dispatch_id", "draft_id", "consultation_id", "opinion_id", "comment_id"}  # fmt: skip
OF_OFFICE = {
    "arrival_id",
    "register_id",
    "number_id",
    "correspondent_id",
    "case_index_id",
    "case_file_id",
    "transfer_id",
    "transfer_line_id",
    "official_id",
    "saved_search_id",
}
TRAYS = {"registrar", "auditor"}
OWN_DRAFT = {"executor", "mayor"}
ANSWERING = {"controller", "mayor", "unit_head", "deputy", "auditor", "archivist", "registrar", "foreigner"}
KEEPING = {"archivist", "mayor", "lawyer", "auditor"}
TRANSFERS = {"archivist", "mayor", "auditor"}
WHOLENESS = {"archivist", "administrator", "foreign_administrator", "auditor"}
READ_BY_ROLE = {"services_here_show": {"administrator", "foreign_administrator"}, "transfers_due": TRANSFERS, "transfers_index": TRANSFERS, "fixity_show": WHOLENESS, "fixity_faults": WHOLENESS, "fixity_formats": WHOLENESS, "fixity_files": WHOLENESS, "looking_volume": ANSWERING, "looking_openings": {"mayor", "auditor"}, "looking_standing": {"controller", "mayor", "unit_head", "deputy", "auditor", "head_secretary"}, "journals_index": {"registrar", "mayor", "controller", "archivist", "auditor"}, "disposals_index_due": KEEPING, "disposals_index": KEEPING, "keeping_index_holds": KEEPING, "reports_show": ANSWERING, "reports_letters": ANSWERING, "control_index": {"controller", "mayor", "unit_head", "deputy", "auditor", "head_secretary"}, "arrivals_index": {"registrar", "auditor", "foreigner"}}  # fmt: skip
FOREIGN = {"foreigner", "foreign_administrator"}


NEEDS_TIME = ("signatures_container", 503)  # of an authority, which this house has not: it says so


def test_without_a_token_only_what_is_public_answers(api: Api) -> None:
    anybody, made = api.program(), world(api)
    for method, path, operation in cases.operations():
        answer = call(anybody, method, path, operation, made)
        if operation.get("security") == []:
            assert answer.status_code in (200, 404, 422), path  # 422: number or code is wrong, without saying which
            continue
        assert answer.status_code == 401, path
        assert answer.mimetype == "application/problem+json"
    revoked = api.program("registrar")
    revoked.secret = "edms_" + secrets.token_urlsafe(32)
    assert revoked.call("GET", "/me").status_code == 401


def test_nobody_reads_or_changes_what_is_not_hers(api: Api) -> None:
    made = world(api)
    reads = {who: readable(api, made, who) for who in PEOPLE}
    assert not any(reads[who] for who in ("stranger", "administrator", "lawyer", *FOREIGN)), reads
    wrong, seen = [], 0
    # Those who must not go first: nobody's success may hide another's.
    for method, path, operation in cases.operations():
        name = operation["operationId"]
        if operation.get("security") == []:
            continue
        for who in sorted(PEOPLE, key=lambda person: person in MAY.get(name, ())):
            answer = call(api.program(who), method, path, operation, made)
            seen += 1
            verdict = judged(name, method, path, who, answer.status_code, reads[who])
            if verdict:
                wrong.append(f"{name} {who} {answer.status_code}: {verdict}")
    assert wrong == []
    assert seen > 1400


def judged(name: str, method: str, path: str, who: str, status: int, reads: bool) -> str:
    """What is wrong with an answer, or nothing."""
    ids = {part.strip("{}") for part in path.split("/") if part.startswith("{")}
    if status >= 500:
        return "" if (name, status) == NEEDS_TIME and reads else "broke"
    if method != "GET":
        if 200 <= status < 300 and who not in MAY.get(name, set()):
            return "may not do this"
        if who not in MAY.get(name, set()) and status not in (403, 404):
            return "told more than no"
    if who in FOREIGN and ids & (OF_LETTER | OF_OFFICE) and status != 404:
        return "another office's thing is not there"
    if ids & {"arrival_id"} and who not in TRAYS and who not in FOREIGN and status != 403:
        return "trays are for registrars"
    if ids & {"draft_id"}:
        looks_on = who == "auditor" and method != "GET" and status == 403  # before anything is looked for
        return "" if status == 404 or who in OWN_DRAFT or looks_on else "a draft is its people's"
    if ids & OF_LETTER and not reads and status != 404:
        return "a letter that one may not read is not there"
    if method == "GET" and ids & OF_LETTER and reads and status not in (200, 404):
        return "her letter"
    if method == "GET" and 200 <= status < 300 and who not in READ_BY_ROLE.get(name, EVERYBODY):
        return "may not list this"
    return ""


def test_lists_counts_and_facets_hold_nothing_of_others(api: Api) -> None:
    made = world(api)
    for who in ("stranger", "administrator", *FOREIGN):
        program = api.program(who)
        assert program.get("/search")["count"] == 0, who
        assert program.get("/search")["facets"]["state"] == [], who
        assert program.get("/search/suggestions?q=თხ")["items"] == [], who
        assert program.get("/saved-searches")["items"] == [], who
        assert program.get("/documents?number=12-05/1")["items"] == [], who
        assert program.get("/dispatches")["items"] == [], who
        assert program.get("/proceedings")["items"] == [], who
        assert program.get("/drafts")["items"] == [], who
        desk = program.get("/desk")
        assert [name for name, value in desk.items() if value] == [], who
        assert program.get("/notices")["items"] == [], who
    assert api.program("stranger").get(f"/registers/{made.ids['register_id']}/documents")["items"] == []
    assert api.program("stranger").get(f"/case-files/{made.ids['case_file_id']}/documents")["items"] == []
    foreign = api.program("foreigner")
    for path in ("/arrivals", "/correspondents", "/case-indexes?year=2026", "/case-files?year=2026"):
        assert foreign.get(path)["items"] == [], path
    assert {row["code"] for row in foreign.get("/registers")["items"]} == {"in"}
    assert {row["login"] for row in foreign.get("/people")["items"]} == {"maka", "vakho"}
    number = api.program("registrar").get(f"/documents/{made.ids['document_id']}")["number"]
    assert number not in str(foreign.get("/search?q=" + number))


def test_nothing_of_others_can_be_named_in_a_body(api: Api) -> None:
    made, foreign = world(api), api.program("foreigner")
    here = api.office.foreign_incoming.register_id
    body = {"register_id": here, "summary": "x", "correspondent_name": "x", "waiting_scan": False}
    for named in (
        {"correspondent_id": made.ids["correspondent_id"]},
        {"addressee_id": api.ids["mayor"]},
        {"unit_id": api.office.social.unit_id},
        {"links": [{"document_id": made.ids["document_id"]}]},
        {"arrival_id": made.ids["arrival_id"]},
        {"number_id": made.ids["number_id"]},
        {"register_id": made.ids["register_id"]},
    ):
        answer = foreign.call("POST", "/documents", {**body, **named}, Idempotency_Key=secrets.token_hex(4))
        assert answer.status_code in (404, 422), named
    own = foreign.make("/documents", body)
    answer = foreign.call(
        "POST", f"/documents/{own['document_id']}/submissions", {"official_id": api.ids["mayor"]}, Idempotency_Key="s"
    )
    assert answer.status_code == 422
    draft = {"kind": "letter", "subject": "x", "signer_id": api.ids["mayor"], "addressee": "x"}
    assert foreign.call("POST", "/drafts", draft, Idempotency_Key="d").status_code == 422


def readable(api: Api, made: World, who: str) -> bool:
    """Does the database say that she may read the letter?"""
    with transaction(api.house.sessions) as session:
        actor: Actor = actor_for(session, session.get_one(Official, api.ids[who]))
        try:
            document_of(session, actor, made.ids["document_id"])
        except EdmsError:
            return False
    return True


def call(program: Any, method: str, path: str, operation: dict[str, Any], made: World) -> Any:
    """One call with everything a lawful one has."""
    schema = cases.body_schema(operation)
    body = cases.least(schema, made.ids) if schema is not None else None
    year = "?year=2026" if any(p["name"] == "year" and p["required"] for p in operation["parameters"]) else ""
    number = "?number=12-05/1" if any(p["name"] == "number" and p["required"] for p in operation["parameters"]) else ""
    state = "?state=void" if path.endswith("/numbers") and method == "GET" else ""
    address = made.address(path) + (year or number or state)
    match = {"If_Match": "*"} if method != "GET" else {}
    return program.call(method, address, body, Idempotency_Key=secrets.token_hex(8), **match)
