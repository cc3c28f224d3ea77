"""The contract of the API: its document, keys, ETags, pages, and that nothing sent to it breaks it."""

from __future__ import annotations

import json
import random
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from sqlalchemy import Engine, event, func, select

from edms.db.engine import transaction
from edms.registry.models import Arrival, Document
from edms.staff.models import ApiAnswer
from edms.web.api.openapi import document
from tests.thoroughness import sample, some
from tests.web import api_cases as cases
from tests.web.conftest import PREFIX, Api
from tests.web.test_api_journey import registered
from tests.web.world import World, world

GOLDEN = Path(__file__).parent / "api_routes.txt"


def test_document_is_valid_openapi_and_served(api: Api) -> None:
    served = api.program().get("/openapi.json")
    validate(served)
    assert served == json.loads(json.dumps(document()))
    assert served["openapi"] == "3.1.0"


def test_document_lists_every_route_with_its_answers(api: Api) -> None:
    rules = {
        (method, re.sub(r"<int\([^)]*\):(\w+)>", r"{\1}", rule.rule))
        for rule in api.app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and rule.endpoint not in ("api_public.openapi", "api_public.page")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    told = {(method, path) for method, path, _ in cases.operations()}
    assert told == rules
    lines = [f"{m} {p} {' '.join(sorted(o['responses']))}" for m, p, o in cases.operations()]
    # A change here is a change of the contract. Written anew by: python -m tests.web.test_api_contract
    assert lines == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_page_for_people_names_every_address(api: Api) -> None:
    html = api.app.test_client().get(f"{PREFIX}/?lang=hy").get_data(as_text=True)
    assert 'lang="hy"' in html
    for _, path, _ in cases.operations():
        assert path in html


@pytest.mark.parametrize("path", ["/documents", "/correspondents"])
def test_creation_needs_a_key(api: Api, path: str) -> None:
    answer = api.program("registrar").call("POST", path, {"name": "x", "summary": "x", "register_id": 1})
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_same_key_makes_once_and_another_body_is_a_conflict(api: Api) -> None:
    registrar = api.program("registrar")
    body = {"register_id": api.office.incoming.register_id, "summary": "თხოვნა", "correspondent_name": "ანა"}
    first = registrar.call("POST", "/documents", body, Idempotency_Key="once")
    again = registrar.call("POST", "/documents", body, Idempotency_Key="once")
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert (first.headers["ETag"], first.headers["Location"]) == (again.headers["ETag"], again.headers["Location"])
    other = registrar.call("POST", "/documents", {**body, "summary": "სხვა"}, Idempotency_Key="once")
    elsewhere = registrar.call("POST", "/correspondents", {"name": "ანა"}, Idempotency_Key="once")
    assert [a.status_code for a in (other, elsewhere)] == [409, 409]
    assert other.get_json()["type"] == "urn:edms:problem:api.key_used_otherwise"
    with transaction(api.house.sessions) as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 1
    # Another official's key of the same name is another key.
    mine = api.program("executor").call("POST", "/correspondents", {"name": "ანა"}, Idempotency_Key="once")
    assert mine.status_code == 201


def test_refused_creation_leaves_its_key_free(api: Api) -> None:
    registrar = api.program("registrar")
    body = {"register_id": api.office.incoming.register_id, "summary": "თხოვნა"}
    wrong = registrar.call("POST", "/documents", body, Idempotency_Key="later")
    assert wrong.status_code == 422
    assert [e["field"] for e in wrong.get_json()["errors"]] == ["correspondent"]
    assert (
        registrar.call("POST", "/documents", {**body, "correspondent_name": "ანა"}, Idempotency_Key="later").status_code
        == 201
    )
    with transaction(api.house.sessions) as session:
        assert session.scalar(select(func.count()).select_from(ApiAnswer)) == 1


def test_upload_twice_is_one_arrival_and_other_bytes_are_a_conflict(api: Api) -> None:
    registrar = api.program("registrar")
    first, again = (registrar.upload(b"letter", "a.txt", "k") for _ in range(2))
    assert first.data == again.data
    assert registrar.upload(b"other", "a.txt", "k").status_code == 409
    with transaction(api.house.sessions) as session:
        assert session.scalar(select(func.count()).select_from(Arrival)) == 1
    # The bytes of the refused and of the repeated one are not kept.
    assert len(list(api.house.store.walk())) == 1
    assert api.program("executor").upload(b"x", "x").status_code == 403


def test_change_needs_the_present_state(api: Api) -> None:
    letter = registered(api)
    registrar, place = api.program("registrar"), f"/documents/{letter['document_id']}"
    body = {"reason": "შეცდომა", "summary": "სხვა შინაარსი"}
    assert registrar.call("PATCH", place, body).status_code == 428
    assert registrar.call("PATCH", place, body, If_Match='"v999"').status_code == 412
    changed = registrar.call("PATCH", place, body, If_Match=f'"{letter["etag"]}"')
    assert changed.status_code == 200
    stale = registrar.call("PATCH", place, body, If_Match=f'"{letter["etag"]}"')
    assert stale.status_code == 412
    assert stale.mimetype == "application/problem+json"
    present = registrar.call("GET", place)
    assert present.headers["ETag"] == changed.headers["ETag"] == f'"{changed.get_json()["etag"]}"'
    assert registrar.call("GET", place, If_None_Match=present.headers["ETag"]).status_code == 304


def test_walk_sees_no_line_twice_whatever_comes_between(api: Api) -> None:
    made = {registered(api, summary=f"წერილი {n}", correspondent_name="ანა")["document_id"] for n in range(105)}
    registrar = api.program("registrar")
    address, seen = f"/registers/{api.office.incoming.register_id}/documents?limit=10", []
    while address:
        answer = registrar.call("GET", address)
        page = answer.get_json()
        seen += [line["document_id"] for line in page["items"]]
        registered(api, summary="ახალი")
        address = page["next"]
        assert (f'<{address}>; rel="next"' == answer.headers.get("Link")) if address else "Link" not in answer.headers
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_arrivals_walk_and_foreign_cursors(api: Api) -> None:
    registrar = api.program("registrar")
    for n in range(5):
        registrar.upload(b"x", f"{n}.txt")
    first = registrar.get("/arrivals?limit=2")
    second = registrar.get(first["next"])
    assert [a["content"]["name"] for a in first["items"] + second["items"]] == [f"{n}.txt" for n in range(4)]
    cursor = first["next"].partition("cursor=")[2]
    for path in (
        "/notices?cursor=!",
        "/arrivals?cursor=W10",
        "/control?cursor=W251bGwsbnVsbF0=",
        f"/case-files?year=2026&cursor={cursor}",
    ):
        assert api.program("registrar" if "arr" in path else "mayor").call("GET", path).status_code == 422, path


def test_cookie_opens_nothing_and_errors_speak_the_asked_language(api: Api) -> None:
    client = api.app.test_client()
    client.set_cookie("session", secrets.token_urlsafe(32))
    answer = client.get(f"{PREFIX}/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")
    said = {
        lang: api.program("registrar").call("GET", "/documents/1", Accept_Language=lang).get_json()["detail"]
        for lang in ("ka", "hy", "en", "ru")
    }
    assert len(set(said.values())) == 4
    assert "Ничего" in said["ru"] or "ничего" in said["ru"]
    assert api.program("registrar").call("GET", "/nowhere").mimetype == "application/problem+json"
    assert api.program("registrar").call("DELETE", "/me").status_code == 405


def test_bodies_that_are_none(api: Api) -> None:
    registrar = api.program("registrar")
    secret = {"Authorization": f"Bearer {registrar.secret}", "Idempotency-Key": "k"}
    client, address = api.app.test_client(), f"{PREFIX}/correspondents"
    assert client.post(address, data="name=x", headers=secret).status_code == 415
    for raw, status in (
        (b"{", 400),
        (b"", 400),
        (b"\xff", 400),
        (b'{"name":"x"} x', 400),
        (b"[" * 100_000, 400),
        (b" " * 5_000_000, 413),
    ):
        answer = client.post(address, data=raw, headers={**secret, "Content-Type": "application/json"})
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), raw[:20]


def test_tracking_is_slowed_as_on_the_page(api: Api) -> None:
    letter = registered(api)
    anybody = api.program()
    asked = [
        anybody.call("POST", "/tracking", {"number": letter["number"], "code": f"0000-0000-0000-{n:05}"})
        for n in range(18)
    ]
    assert asked[0].status_code == 404
    assert asked[-1].status_code == 503
    assert int(asked[-1].headers["Retry-After"]) > 0


def test_registration_asks_the_database_little(api: Api) -> None:
    """Token with roles, key, register, who is named, serial, all that is written, answer; with paper as without."""
    registrar = api.program("registrar")
    known = registrar.make("/correspondents", {"name": "ანა"})["correspondent_id"]
    card = {"register_id": api.office.incoming.register_id, "summary": "თხოვნა", "correspondent_id": known}
    registrar.make("/documents", {**card, "waiting_scan": False})  # the first one notes when token and name were used
    asked: list[str] = []
    for body in ({**card, "waiting_scan": False}, card):
        asked.clear()
        with listening(api.house.engine, asked):
            registrar.make("/documents", body)
        assert len(asked) == 7, "\n".join(asked)


@contextmanager
def listening(engine: Engine, asked: list[str]) -> Iterator[None]:
    """Every statement that the engine sends."""

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(" ".join(statement.split())[:120])

    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["registrar", "mayor"])
def test_nothing_sent_breaks_it(api: Api, who: str) -> None:
    """Wrong types, unknown fields and naughty texts for every route: no 5xx, only what the document promises."""
    made = world(api)
    chance = random.Random(7)
    program = api.program(who)
    tried = 0
    for method, path, operation in cases.operations():
        if {"tracking", "verifying"}.intersection(operation["tags"]) and method == "POST":
            continue  # slowed after a few
        if path.endswith("/container"):
            continue  # needs a time-stamp authority, which this house has not: 503 says so
        for body, question in attempts(operation, made, chance):
            address = made.address(path) + question
            headers = {"If_Match": "*", "Idempotency_Key": secrets.token_hex(8)}
            answer = program.call(method, address, body, **headers)
            told = f"{method} {address} {str(body)[:300]} → {answer.status_code} {answer.data[:300]!r}"
            assert str(answer.status_code) in {*operation["responses"], "405"}, told
            assert answer.status_code < 500, told
            if answer.status_code >= 400:
                assert answer.mimetype == "application/problem+json", told
                assert set(answer.get_json()) >= {"type", "title", "status", "detail", "instance"}, told
            tried += 1
    assert tried > sample(700, 1500)


ODD = ("", "0", "-1", "x", "%00", "1e9", "9" * 30, "%ff", "W10", "2024-13-01")


def attempts(operation: dict[str, Any], made: World, chance: random.Random) -> list[tuple[Any, str]]:
    """Bodies and questions for one operation, some of all that could be made."""
    found: list[tuple[Any, str]] = []
    schema = cases.body_schema(operation)
    if schema is not None:
        bodies = [*cases.refused(schema, made.ids), *cases.naughty(schema, made.ids)]
        found += [(body, "") for body in chance.sample(bodies, min(sample(10, 200), len(bodies)))]
    names = [p["name"] for p in operation["parameters"] if p["in"] == "query"]
    least = "?year=2026" if "year" in names else ""
    found.append((cases.least(schema, made.ids) if schema is not None else None, least))
    for name in [*names, "no_such"]:
        if "requestBody" not in operation:
            found += [(None, f"?{name}={value}") for value in some(("", "x", "%00", "9" * 30), ODD)]
    return found


def test_ids_out_of_reach_are_not_found(api: Api) -> None:
    registrar = api.program("registrar")
    for ident in ("0", "-1", str(2**63 - 1), str(2**63), "9" * 40, "x", "1.0", "%00"):
        answer = registrar.call("GET", f"/documents/{ident}")
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), ident


def write() -> None:
    """The golden list of routes and their answers."""
    lines = [f"{m} {p} {' '.join(sorted(o['responses']))}" for m, p, o in cases.operations()]
    GOLDEN.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
