"""A letter's journey through the API, each step by the token of the one whose step it is."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from edms import clock
from edms.capture.models import PageText, Suggestion, TextSource
from edms.db.engine import transaction
from edms.registry.lifecycle import step
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.search import indexing
from edms.search.postgres import PostgresIndex
from edms.staff.models import Substitution
from tests.web.conftest import Api


def registered(api: Api, **card: object) -> dict:
    """A letter, registered on paper by the registrar's program."""
    body = {
        "register_id": api.office.incoming.register_id,
        "summary": "გზის შეკეთების თხოვნა",
        "correspondent_name": "ანა კალანდაძე",
        "case_index": "12-05",
        **card,
    }
    return api.program("registrar").make("/documents", body)


def test_letter_goes_its_whole_way(api: Api) -> None:
    registrar, mayor, executor = (api.program(name) for name in ("registrar", "mayor", "executor"))
    raw = "გთხოვთ შეაკეთოთ გზა".encode()
    sent = registrar.upload(raw, quote("წერილი № 5.txt"))
    assert sent.status_code == 201
    arrival = sent.get_json()
    assert sent.headers["Location"] == f"/api/v1/arrivals/{arrival['arrival_id']}"
    assert arrival["content"]["name"] == "წერილი № 5.txt"
    assert [a["arrival_id"] for a in registrar.get("/arrivals")["items"]] == [arrival["arrival_id"]]
    assert registrar.call("GET", f"/arrivals/{arrival['arrival_id']}/bytes").data == raw

    letter = registered(api, arrival_id=arrival["arrival_id"], addressee_id=api.ids["mayor"])
    assert letter["number"] == "12-05/1"
    assert letter["registered_at"].endswith("Z")
    document = f"/documents/{letter['document_id']}"
    again = registrar.call(
        "POST", "/documents", {"register_id": letter["register_id"], "summary": "x", "arrival_id": arrival["arrival_id"]},
        Idempotency_Key="another",
    )  # fmt: skip
    assert again.status_code in (409, 422)

    laid = registrar.make(f"{document}/submissions", {"official_id": api.ids["mayor"], "note": "სასწრაფოდ"})
    registrar.change(laid, f"/submissions/{laid['submission_id']}/take-back")
    laid = registrar.make(f"{document}/submissions", {"official_id": api.ids["mayor"]})
    resolution = mayor.make(
        f"{document}/resolutions",
        {"text": "შეასრულეთ", "executors": [{"official_id": api.ids["unit_head"]}]},
    )
    api.ten_seconds_later()
    head = api.program("unit_head")
    down = head.make(
        f"/assignments/{resolution['assignments'][0]['assignment_id']}/resolutions",
        {"text": "ადგილზე ნახეთ", "executors": [{"official_id": api.ids["executor"]}]},
    )
    api.ten_seconds_later()
    work = down["assignments"][0]["assignment_id"]
    said = executor.make(f"/assignments/{work}/reports", {"text": "გზა შემოწმდა"})
    said = head.change(said, f"/reports/{said['report_id']}/return", {"remark": "სად არის აქტი?"})
    assert said["state"] == "returned"
    said = executor.make(f"/assignments/{work}/reports", {"text": "აქტი შედგენილია"})
    head.change(said, f"/reports/{said['report_id']}/accept", {})

    draft = executor.make(
        "/drafts",
        {"kind": "reply", "in_reply_to_id": letter["document_id"], "subject": "პასუხი", "signer_id": api.ids["mayor"],
         "text": "გზა შეკეთდება ივნისში."},
    )  # fmt: skip
    place = f"/drafts/{draft['draft_id']}"
    draft = executor.change(draft, f"{place}/send", {"official_ids": [api.ids["lawyer"]]})
    assert (draft["state"], draft["printed"]) == ("visas", True)
    assert executor.call("GET", f"{place}/page").data.startswith(b"%PDF")
    lawyer = api.program("lawyer")
    assert [d["draft_id"] for d in lawyer.get("/drafts?which=to_visa")["items"]] == [draft["draft_id"]]
    draft = lawyer.change(draft, f"{place}/agree", {"ordinal": draft["ordinal"]})
    assert draft["state"] == "to_sign"
    draft = mayor.change(draft, f"{place}/refuse", {"reason": "მიუთითეთ თარიღი"})
    assert draft["refusal"] == "მიუთითეთ თარიღი"
    draft = executor.change(
        draft, place, {"subject": "პასუხი", "signer_id": api.ids["mayor"], "text": "გზა შეკეთდება 3 ივნისს.",
                "grade": "official_use", "annexes": "ოქმი"}, "PUT"
    )  # fmt: skip
    assert (draft["ordinal"], draft["grade"], draft["annexes"]) == (2, "official_use", "ოქმი")

    top = resolution["assignments"][0]["assignment_id"]
    done = head.make(f"/assignments/{top}/reports", {"text": "შესრულდა"})
    mayor.change(done, f"/reports/{done['report_id']}/accept", {})
    letter = registrar.get(document)
    assert letter["state"] == "executed"
    archivist = api.program("archivist")
    archivist.make(
        "/case-indexes",
        {"year": letter["year"], "index": "12-05", "titles": {"ka": "გზების შეკეთება"}, "retention_class": "correspondence"},
    )  # fmt: skip
    letter = registrar.change(letter, f"{document}/file", {})
    assert letter["state"] == "filed"
    cases = archivist.get(f"/case-files?year={letter['year']}")["items"]
    assert [c["index"] for c in cases] == ["12-05"]
    inside = archivist.get(f"/case-files/{cases[0]['case_file_id']}/documents")["items"]
    assert [line["document"]["number"] for line in inside] == ["12-05/1"]
    archivist.change(cases[0], f"/case-files/{cases[0]['case_file_id']}/close")

    with transaction(api.house.sessions) as session:
        indexing.index_document(session, PostgresIndex(session), letter["document_id"])
    found = registrar.get("/search?q=გზის+შეკეთება")
    assert [hit["document"]["number"] for hit in found["items"]] == ["12-05/1"]
    assert found["count"] == 1
    assert found["facets"]["state"] == [{"value": "filed", "count": 1}]
    assert api.program("stranger").get("/search?q=გზის")["count"] == 0
    typo = registrar.get("/search?q=გზის+შეკთება")
    assert (typo["items"], typo["count"]) == ([], 0)
    assert [hit["document"]["number"] for hit in typo["near"]] == ["12-05/1"] and typo["near"][0]["summary_lit"]
    assert api.program("stranger").get("/search?q=გზის+შეკთება")["near"] == []

    code = registrar.get(f"{document}/code")
    tracked = api.program().call("POST", "/tracking", code, Accept_Language="ka")
    assert tracked.status_code == 200
    assert tracked.get_json()["number"] == "12-05/1"
    receipt = api.program().call("POST", "/tracking/receipt", code).get_json()
    assert receipt["facts"]["number"] == "12-05/1"
    assert registrar.get(f"{document}/receipt") == receipt
    assert api.program().get("/ledger/checkpoint")["note"] == receipt["checkpoint"]

    kinds = [line["kind"] for line in registrar.get(f"{document}/history?limit=100")["items"]]
    assert kinds[-1] == "document:registered"
    assert "document:filed" in kinds
    course = registrar.get(f"{document}/course")["steps"]
    assert [s["what_text"] for s in course if not s["what_text"]] == []
    assert registrar.call("GET", f"{document}/slip").data.startswith(b"%PDF")


def test_own_letter_is_sent_served_and_comes_back(api: Api) -> None:
    letter = registered(
        api, register_id=api.office.outgoing.register_id, waiting_scan=False, correspondent_address="ქ. გორი"
    )
    with transaction(api.house.sessions) as session:
        step(session.get_one(Document, letter["document_id"]), DocumentState.SIGNED)
    registrar = api.program("registrar")
    sending = registrar.make(f"/documents/{letter['document_id']}/dispatches", {"channel": "post"})
    place = f"/dispatches/{sending['dispatch_id']}"
    assert [d["dispatch_id"] for d in registrar.get("/dispatches")["items"]] == [sending["dispatch_id"]]
    sending = registrar.change(sending, f"{place}/sent", {"proof": "RR123"})
    sending = registrar.change(sending, f"{place}/served", {"on": letter["registered_on"]})
    assert sending["state"] == "served"
    sending = registrar.change(sending, f"{place}/came-back", {"reason": "ადრესატი არ ცხოვრობს"})
    assert (sending["state"], sending["served_on"]) == ("returned", None)


def test_control_more_time_and_desk(api: Api) -> None:
    letter = registered(api, addressee_id=api.ids["mayor"])
    registrar, mayor, controller = (api.program(name) for name in ("registrar", "mayor", "controller"))
    document = f"/documents/{letter['document_id']}"
    registrar.make(f"{document}/submissions", {"official_id": api.ids["mayor"]})
    made = mayor.make(
        f"{document}/resolutions",
        {"text": "შეასრულეთ", "executors": [{"official_id": api.ids["executor"]}, {"official_id": api.ids["lawyer"], "purpose": "acquaint"}]},
    )  # fmt: skip
    api.ten_seconds_later()
    held = controller.make(f"{document}/control", {})
    assert held["due_on"] == controller.get(document)["due_on"]
    assert [c["document"]["number"] for c in controller.get("/control")["items"]] == [letter["number"]]
    work = made["assignments"][0]
    executor = api.program("executor")
    asked = executor.make(
        f"/assignments/{work['assignment_id']}/extensions", {"wanted": held["due_on"], "reason": "ველოდებით მასალას"}
    )
    asked = mayor.change(asked, f"/extensions/{asked['extension_id']}/grant", {})
    assert asked["state"] == "granted"
    note = made["assignments"][1]
    api.program("lawyer").change(note, f"/assignments/{note['assignment_id']}/acquaint")
    early = controller.call(
        "POST", f"{document}/control/remove", {"instructed_by_id": api.ids["mayor"], "reason": "x"},
        If_Match=f'"{held["etag"]}"',
    )  # fmt: skip
    assert early.status_code == 409
    assert {line["number"] for line in registrar.get("/desk")["to_submit"]} == set()
    assert controller.get("/desk")["control"] == []  # its day is far


def test_registers_numbers_and_people(api: Api) -> None:
    administrator, registrar = api.program("administrator"), api.program("registrar")
    book = administrator.make(
        "/registers",
        {
            "kind": "contracts",
            "code": "con",
            "names": {"ka": "ხელშეკრულებები"},
            "pattern": [{"part": "serial"}],
            "yearly": False,
        },
    )
    book = administrator.change(book, f"/registers/{book['register_id']}", {"closed": True}, "PATCH")
    assert book["closed_on"]
    incoming = api.office.incoming.register_id
    until = "2999-01-01T00:00:00Z"
    far = registrar.call(
        "POST", f"/registers/{incoming}/numbers", {"reason": "x", "until": until}, Idempotency_Key="far"
    )
    assert far.status_code == 422
    soon = (clock.now() + timedelta(hours=3)).isoformat()
    stranger = {"reason": "x", "until": soon, "official_id": api.ids["foreigner"]}
    assert registrar.call("POST", f"/registers/{incoming}/numbers", stranger, Idempotency_Key="no").status_code == 422
    number = registrar.make(f"/registers/{incoming}/numbers", {"reason": "სასამართლო", "until": soon})
    reserved = registrar.get(f"/registers/{incoming}/numbers?state=reserved")["items"]
    assert [n["number_id"] for n in reserved] == [number["number_id"]]
    assert registrar.get(f"/registers/{incoming}/numbers?state=void")["items"] == []
    assert [p["login"] for p in registrar.get("/people?q=goch")["items"]] == ["gocha"]
    assert registrar.get("/me")["login"] == "nino"
    assert next(u["index"] for u in registrar.get("/units")["items"]) == "01"


def test_correspondents_are_found_changed_and_merged(api: Api) -> None:
    registrar = api.program("registrar")
    one = registrar.make("/correspondents", {"name": "შპს მზე", "kind": "body", "identification": "204000001"})
    two = registrar.make("/correspondents", {"name": "შპს „მზე“ ფილიალი", "kind": "body", "address": "გორი"})
    first = registrar.get("/correspondents?q=mze&limit=1")
    assert [c["name"] for c in first["items"] + registrar.get(first["next"])["items"]] == [two["name"], one["name"]]
    one = registrar.change(
        one, f"/correspondents/{one['correspondent_id']}", {"name": "შპს მზე", "kind": "body", "telephone": "1"}, "PUT"
    )
    merged = registrar.change(
        one,
        f"/correspondents/{one['correspondent_id']}/merge",
        {"other_id": two["correspondent_id"], "reason": "ერთია"},
    )
    assert merged["address"] == "გორი"
    assert registrar.get(f"/correspondents/{two['correspondent_id']}")["correspondent_id"] == one["correspondent_id"]


def test_substitute_acts_in_the_place_of_the_absent_only(api: Api) -> None:
    letter = registered(api)
    document = f"/documents/{letter['document_id']}"
    api.program("registrar").make(f"{document}/submissions", {"official_id": api.ids["mayor"]})
    deputy = api.program("deputy")
    body = {"text": "შეასრულეთ", "executors": [{"official_id": api.ids["executor"]}]}
    mayor = str(api.ids["mayor"])
    for named in (mayor, "999999", "x", "9" * 40):
        answer = deputy.call("POST", f"{document}/resolutions", body, Idempotency_Key="k", Acting_For=named)
        assert (answer.status_code, answer.mimetype) == (403, "application/problem+json"), named
    today = clock.today("Asia/Tbilisi")
    with transaction(api.house.sessions) as session:
        session.add(
            Substitution(
                absent_id=api.ids["mayor"], substitute_id=api.ids["deputy"], from_on=today - timedelta(days=1),
                until_on=today + timedelta(days=1), reason="შვებულება", entered_by_id=api.ids["administrator"],
            )
        )  # fmt: skip
    answer = deputy.call("POST", f"{document}/resolutions", body, Idempotency_Key="k", Acting_For=mayor)
    assert answer.status_code == 201
    assert (answer.get_json()["author_id"], answer.get_json()["entered_by_id"]) == (api.ids["mayor"], api.ids["deputy"])
    line = api.program("mayor").get(f"{document}/history")["items"][0]
    assert (line["official_id"], line["acting_for_id"]) == (api.ids["deputy"], api.ids["mayor"])


def test_what_was_read_of_an_arrival_and_why_a_term_is_that_day(api: Api) -> None:
    registrar = api.program("registrar")
    arrival = registrar.upload(b"letter", "letter.txt").get_json()
    letter = registered(api, arrival_id=arrival["arrival_id"])
    again = registrar.upload(b"letter", "again.txt").get_json()
    with transaction(api.house.sessions) as session:
        content_id = again["content"]["content_id"]
        session.add(Suggestion(content_id=content_id, field="their_number", value="12-5", confidence=0.9, page=1))
        session.add(
            PageText(
                content_id=arrival["content"]["content_id"], page=1, text="წერილი", source=TextSource.OCR, words=[]
            )
        )
    place = f"/arrivals/{again['arrival_id']}"
    assert [s["value"] for s in registrar.get(f"{place}/suggestions")["items"]] == ["12-5"]
    assert [t["number"] for t in registrar.get(f"{place}/twins")["items"]] == [letter["number"]]
    assert registrar.call("GET", f"{place}/pages/1/picture").status_code == 404
    document = f"/documents/{letter['document_id']}"
    text = registrar.get(f"{document}/contents/{arrival['content']['content_id']}/pages/1")
    assert text["text"] == "წერილი"
    assert registrar.get(f"{document}/term") == {"due_on": None, "why": []}
    registrar.make(f"{document}/submissions", {"official_id": api.ids["mayor"]})
    term = registrar.get(f"{document}/term")
    assert term["due_on"] == registrar.get(document)["due_on"]
    assert term["why"]
