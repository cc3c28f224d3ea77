"""What every answer carries: headers, the language, errors in three shapes, and the guards of a change."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from edms.web.kit import assets
from tests.web.gallery import gallery_app


@pytest.fixture
def app() -> Flask:
    made = gallery_app()

    @made.get("/api/v1/fail/<kind>")
    def api_fail(kind: str) -> str:
        return made.view_functions["fail"](kind)  # type: ignore[no-any-return]

    return made


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def test_every_page_has_the_policy_and_stays_in_no_cache(browser: FlaskClient) -> None:
    for address in ("/desk", "/nowhere", "/fail/conflict"):
        headers = browser.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert {"Cookie", "Accept-Language", "HX-Request"} <= set(re.split(r",\s*", headers["Vary"]))


def test_pages_hold_no_inline_code_or_style(browser: FlaskClient) -> None:
    for page in ("desk", "register", "letter", "parts", "track"):
        html = browser.get(f"/{page}").text
        assert not re.search(r"<script(?![^>]*\ssrc=)", html)
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|hx-on", html)


def test_assets_are_kept_for_a_year_under_their_hash(app: Flask, browser: FlaskClient) -> None:
    with app.test_request_context():
        address = assets.asset("app.css")
    assert "immutable" in browser.get(address).headers["Cache-Control"]
    assert browser.get("/static/app.css").headers["Cache-Control"] == "no-cache"
    assert browser.get("/static/not-there.css?v=1").headers["Cache-Control"] == "no-store"


def test_the_address_chooses_the_language_and_the_cookie_keeps_it(browser: FlaskClient) -> None:
    assert '<html lang="hy"' in browser.get("/desk?lang=hy").text
    assert '<html lang="hy"' in browser.get("/desk").text
    assert '<html lang="en"' in browser.get("/desk?lang=en").text


def test_without_a_choice_the_browser_is_asked_and_georgian_is_the_default(app: Flask) -> None:
    assert '<html lang="hy"' in app.test_client().get("/track", headers={"Accept-Language": "hy-AM, en;q=0.5"}).text
    assert '<html lang="ka"' in app.test_client().get("/track", headers={"Accept-Language": "fr"}).text
    assert '<html lang="ka"' in app.test_client().get("/track?lang=xx").text


def test_the_language_switch_keeps_the_place(browser: FlaskClient) -> None:
    assert 'href="/desk?year=2026&amp;unit=4&amp;lang=hy"' in browser.get("/desk?year=2026&unit=4&lang=en").text


def test_the_look_is_in_the_first_bytes(browser: FlaskClient) -> None:
    browser.set_cookie("look", "dark")
    assert 'data-theme="dark"' in browser.get("/desk").text[:200]
    browser.set_cookie("look", '"><script>')
    assert "data-theme" not in browser.get("/desk").text[:200]


@pytest.mark.parametrize(
    ("address", "status", "title"),
    [
        ("/nowhere", 404, "Nothing here"),
        ("/fail/conflict", 409, "Somebody was here first"),
        ("/fail/invalid", 422, "Please check"),
    ],
)
def test_an_error_is_a_page_in_the_readers_language(
    browser: FlaskClient, address: str, status: int, title: str
) -> None:
    answer = browser.get(address + "?lang=en")
    assert (answer.status_code, title in answer.text) == (status, True)


def test_an_error_is_a_fragment_for_htmx(browser: FlaskClient) -> None:
    answer = browser.get("/fail/conflict?lang=en", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#page-note"
    assert "<html" not in answer.text
    assert "Somebody was here first" in answer.text


def test_an_error_is_problem_json_for_programs(browser: FlaskClient) -> None:
    answer = browser.get("/api/v1/fail/conflict?lang=en")
    assert answer.mimetype == "application/problem+json"
    assert answer.json == {
        "type": "urn:edms:problem:error.conflict",
        "title": "Somebody was here first",
        "status": 409,
        "detail": answer.json["detail"],
        "instance": f"urn:edms:request:{answer.headers['X-Request-Code']}",
    }
    assert browser.get("/api/v1/nowhere").json["status"] == 404


def test_the_unforeseen_says_nothing_of_the_inside_but_a_code(browser: FlaskClient) -> None:
    with capture_logs() as lines:
        answer = browser.get("/fail/boom?lang=en")
    assert answer.status_code == 500
    assert "RuntimeError" not in answer.text
    assert answer.headers["X-Request-Code"] in answer.text
    assert answer.headers["X-Request-Code"] in [line["request_id"] for line in lines]


def test_a_wrong_method_says_which_are_right(browser: FlaskClient) -> None:
    answer = browser.delete("/fail/conflict", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code in (400, 405)


def _token(browser: FlaskClient) -> str:
    found = re.search(r'csrf-token" content="([^"]+)"', browser.get("/parts?lang=en").text)
    assert found
    return found[1]


def test_a_change_needs_the_token_of_the_page(browser: FlaskClient) -> None:
    answer = browser.post("/parts?lang=en")
    assert answer.status_code == 400
    assert "safety mark" in answer.text
    assert browser.post("/parts", data={"csrf_token": _token(browser)}).status_code == 200
    assert browser.post("/bytes", data=b"x", headers={"X-CSRFToken": _token(browser)}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_change_begun_on_another_site_is_refused_even_with_a_token(browser: FlaskClient, site: str) -> None:
    answer = browser.post("/parts", data={"csrf_token": _token(browser)}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


def test_choosing_a_look_leads_back_to_our_own_page_only(browser: FlaskClient) -> None:
    fields = {"csrf_token": _token(browser), "look": "contrast"}
    home = browser.post("/look", data=fields, headers={"Referer": "http://localhost/desk?year=2026"})
    assert (home.status_code, home.headers["Location"]) == (303, "/desk?year=2026")
    away = browser.post("/look", data=fields, headers={"Referer": "http://evil.example/desk"})
    assert away.headers["Location"] == "/"
    assert 'data-theme="contrast"' in browser.get("/desk").text


def test_texts_of_people_are_escaped_everywhere(app: Flask) -> None:
    from markupsafe import Markup

    from edms.web.kit import t

    with app.test_request_context("/desk?lang=en"):
        app.preprocess_request()
        assert t("web.acting_for", name="<b>x</b>") == "acting for <b>x</b>"  # a str: the template escapes it
        mixed = t("web.n_of_m", n="<i>", all=Markup("<b>2</b>"))
        assert mixed == Markup("&lt;i&gt; of <b>2</b>")


def test_no_page_tells_a_day_as_machines_write_it_or_of_another_place(app: Flask) -> None:
    """Also one that was kept with a trouble as text, and the day of an instant."""
    from edms.web.kit import t

    with app.test_request_context("/desk?lang=en"):
        app.preprocess_request()
        kept = t("signing.certificate_expired", until="2026-01-09 20:30:00+00:00")
        assert "until 10.01.2026 00:30." in kept
        day = app.jinja_env.from_string("{{ at|date }} {{ at|long_date }}")
        assert day.render(at=datetime(2026, 1, 9, 20, 30, tzinfo=UTC)) == "10.01.2026 10 January 2026"
