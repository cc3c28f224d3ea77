"""A person at a browser without script: her own cookies, pages read, forms filled in and sent. HTTP only."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from lxml import html


class JourneyBroken(Exception):
    """A step did not leave behind what it should; the text says which and what was seen."""


@dataclass
class Page:
    """An answered page."""

    address: str
    status: int
    content: bytes
    text: str

    @property
    def tree(self) -> html.HtmlElement:
        """The page's elements."""
        return html.document_fromstring(self.text)


class Person:
    """One person with a session of her own."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = "ka"
        self._session.trust_env = False

    def open(self, path: str) -> Page:
        """Open a page. Errors: JourneyBroken for an error page."""
        return self._page(self.ask("GET", urljoin(self.base, path)))

    def send(
        self, page: Page, action: str, values: Mapping[str, object] | None = None, *, files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Page:  # fmt: skip
        """Send the form of `page` whose action ends with `action`, its fields as they stand but for `values`."""
        form = next((f for f in page.tree.forms if self._action(page, f).endswith(action)), None)
        if form is None:
            raise JourneyBroken(f"no form {action} on {page.address}")
        fields: list[tuple[str, object]] = [
            (name, value) for name, value in form.form_values() if name not in (values or {})
        ]
        for name, value in (values or {}).items():
            fields += [(name, each) for each in (value if isinstance(value, list) else [value])]
        return self._page(self.ask("POST", self._action(page, form), data=fields, files=files))

    def ask(self, method: str, address: str, **what: Any) -> requests.Response:
        """One request, redirects followed."""
        return self._session.request(method, address, timeout=120, **what)

    def sign_in(self, login: str, password: str) -> Page:
        """Sign in."""
        page = self.open("/account/sign-in")
        return self.send(page, "/account/sign-in", {"login": login, "password": password})

    def until(self, path: str, holds: Callable[[Page], bool], what: str, *, seconds: float = 120) -> Page:
        """Look at a page again and again until something holds. Errors: JourneyBroken."""
        end = time.monotonic() + seconds
        while True:
            page = self.open(path)
            if holds(page):
                return page
            if time.monotonic() > end:
                raise JourneyBroken(f"waited {seconds:.0f} s in vain: {what}")
            time.sleep(0.4)

    def _action(self, page: Page, form: html.HtmlElement) -> str:
        return (
            urljoin(page.address, form.get("action") or page.address).split("?")[0]
            if form.get("action")
            else page.address
        )

    def _page(self, answer: requests.Response) -> Page:
        answer.encoding = answer.encoding or "utf-8"
        if answer.status_code >= 400:
            told = html.document_fromstring(answer.text or "<p>-</p>").text_content().split()
            raise JourneyBroken(f"{answer.request.method} {answer.url}: {answer.status_code} {' '.join(told)[:400]}")
        binary = "text/html" not in answer.headers.get("Content-Type", "")
        return Page(answer.url, answer.status_code, answer.content, "" if binary else answer.text)


def option(page: Page, field: str, words: str) -> str:
    """The value of the choice of a select whose text contains `words`."""
    for element in page.tree.xpath(f"//select[@name='{field}']/option"):
        if words in element.text_content():
            return str(element.get("value"))
    raise JourneyBroken(f"no choice {words!r} in {field} on {page.address}")
