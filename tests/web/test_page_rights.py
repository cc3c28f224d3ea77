"""Rights of the pages, from the route table itself: every page and every act by everybody of two offices (faults.md T1).

New pages join by themselves. What names a letter, or a part of one, is nothing to those who do not read the letter;
what names a thing of the office is nothing to another office.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient
from werkzeug.routing import Rule

from edms import clock
from tests.house.test_house import PUBLIC
from tests.thoroughness import some
from tests.web.conftest import Api
from tests.web.entry import enter
from tests.web.world import World, world

READ_NOTHING = ("stranger", "administrator", "lawyer", "foreigner", "foreign_administrator")
FOREIGN = ("foreigner", "foreign_administrator")
OF_LETTER = {"document_id", "content_id", "draft_id", "visa_id", "dispatch_id", "doubtful_line_id", "journal_id"}
OF_OFFICE = {
    "arrival_id", "case_file_id", "case_index_id", "correspondent_id", "official_id", "register_id", "number_id",
    "unit_id", "organisation_id", "word_template_id", "transfer_id", "transfer_line_id",
}  # fmt: skip
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
THINGS = {
    "return": "submission_id", "report": "assignment_id", "acquaint": "assignment_id", "give-back": "assignment_id",
    "more-time": "assignment_id", "judge": "report_id", "extend": "extension_id", "delegate": "assignment_id",
    "change": "resolution_id", "reassign": "assignment_id", "cancel": "resolution_id", "served": "dispatch_id",
    "came-back": "dispatch_id", "leave-at-that": "dispatch_id", "opinion": "opinion_id", "withdraw-question": "consultation_id",
    "withdraw-comment": "comment_id",
}  # fmt: skip
NOT_YOURS = {403, 404}
EVERYBODY = ("registrar", "mayor", "executor", "archivist", "administrator", "foreigner")
NEEDS_TIME = {"containers.stamped"}  # of an authority, which this house has not: it says so


def test_a_letters_pages_and_acts_are_nothing_to_those_who_do_not_read_it(api: Api) -> None:
    wrong, seen = shown_to(api, READ_NOTHING, OF_LETTER)
    assert not wrong, wrong
    assert seen > 200


def test_what_belongs_to_an_office_is_nothing_to_another(api: Api) -> None:
    wrong, seen = shown_to(api, FOREIGN, OF_OFFICE)
    assert not wrong, wrong
    assert seen > 60


def shown_to(api: Api, people: tuple[str, ...], about: set[str]) -> tuple[list[Any], int]:
    """What answered these people other than with a refusal, and how much was asked."""
    made, wrong, seen = world(api), [], 0
    for who in people:
        client, token = signed_in(api, who)
        for rule, method, address in asked(api, made, about):
            answer = ask(client, method, address, token)
            seen += 1
            if answer.status_code not in NOT_YOURS and not asks_the_password(answer):
                wrong.append((who, method, rule.rule, address, answer.status_code))
    return wrong, seen


def test_no_page_breaks_for_anybody(api: Api) -> None:
    """Those who see the most; empty forms too: a refusal is a page with its reason, never a fault."""
    made, wrong = world(api), []
    for who in some(("registrar", "mayor", "administrator"), EVERYBODY):
        client, token = signed_in(api, who)
        for rule, method, address in asked(api, made, None):
            if method == "POST" and rule.endpoint in ("account.sign_out", "account.revoke_others"):
                continue
            answer = ask(client, method, address, token)
            if answer.status_code >= 500 and rule.endpoint not in NEEDS_TIME:
                wrong.append((who, method, address, answer.status_code))
    assert not wrong, wrong


def signed_in(api: Api, who: str) -> tuple[FlaskClient, str]:
    """A browser of one of the cast, and the token of its forms."""
    client = api.app.test_client()
    enter(api.house, client, getattr(api.office, who).official.login)
    own = TOKEN.search(client.get("/account/").text)
    assert own is not None
    return client, own[1]


def asked(api: Api, made: World, about: set[str] | None) -> Iterator[tuple[Rule, str, str]]:
    """Every page and act whose address names one of these things; with None all of them, for the things of the world."""
    for rule in sorted(api.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule.startswith("/api/") or rule.endpoint in PUBLIC | {"static"}:
            continue
        if about is not None and not rule.arguments & about:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            for address in addresses(rule, made):
                yield rule, method, address


def addresses(rule: Rule, made: World) -> Iterator[str]:
    """The rule's addresses with the world's ids; each act of a letter has its own."""
    for place in re.findall(r"<any\(([^)]*)\):what>", rule.rule) or [""]:
        for what in re.findall(r'"([^"]+)"', place) or [""]:
            ids: dict[str, Any] = {
                **made.ids, "what": what or "sent", "act": "submission", "turn": "stop", "kind": "page", "place": "resolve-1",
                "ident": made.ids["submission_id"], "thing": made.ids.get(THINGS.get(what, ""), 1),
                "day": clock.today("Asia/Tbilisi").isoformat(), "filename": "app.css",
            }  # fmt: skip
            yield re.sub(r"<(?:any\([^)]*\):|\w+:)?(\w+)>", lambda found, ids=ids: str(ids.get(found[1], 1)), rule.rule)


def ask(client: FlaskClient, method: str, address: str, token: str) -> Any:
    """One request; an act with an empty form."""
    return client.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)


def asks_the_password(answer: Any) -> bool:
    """Before anything was looked at."""
    return answer.status_code == 303 and "/account/step-up" in answer.headers["Location"]
