"""A case file on its way to the archive, over HTTP only, as the archivist would: drawn up, packed, checked, received.

The package is checked by `edms archive verify`, which knows nothing of the house but its published key.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edms import words
from edms.demo.browser import JourneyBroken, Page, Person
from edms.demo.town import PASSWORD

ARCHIVE = "ქვემოს არქივი"
RECEIPT = "17"
LONGEST = 240  # seconds for the machine to make its packages


@dataclass
class HandingOver:
    """The transfer and its archivist. One that an earlier run began is gone on with; one that ended is left."""

    base: str
    trust_dir: Path
    tell: Callable[[str], None]

    def travel(self) -> None:
        """All the steps. Errors: JourneyBroken."""
        self._eka = Person(self.base)
        self._eka.sign_in("eka", PASSWORD)
        page = self._drawn_up()
        if page is None:
            self.tell("11 nothing is left for the archive: an earlier run handed it over")
            return
        self._pack(page)
        self._receive()

    def _drawn_up(self) -> Page | None:
        """The transfer's page; None when there is nothing more to hand over."""
        page = self._eka.open("/transfers/")
        marked = [str(box.get("value")) for box in page.tree.xpath("//input[@name='marked']")]
        if marked:
            return self._eka.send(page, "/transfers/", {"marked": marked, "archive": ARCHIVE})
        for link in page.tree.xpath("//li/a[contains(@class,'number')]/@href"):
            known = self._eka.open(link)
            if self._form(known, "hand-over") or self._form(known, "accept") or self._form(known, "call-off"):
                return known
        return None

    def _pack(self, page: Page) -> None:
        """The machine makes the packages; each holds when it is checked without the house."""
        self._address = page.address.removeprefix(self.base)
        packed = self._eka.until(
            self._address,
            lambda shown: self._form(shown, "hand-over") or self._form(shown, "accept"),
            "the packages of the transfer",
            seconds=LONGEST,
        )
        links = packed.tree.xpath("//td/a[contains(@href,'/packages/')]/@href")
        if not links:
            raise JourneyBroken("no package can be taken away from the transfer")
        key = self._eka.open("/log/key").content.decode().strip()
        for link in links:
            self._check(self._eka.open(link).content, key)
        self.tell(f"11 case 01-07 goes to the archive: {len(links)} package made, whole by edms archive verify")
        if self._form(packed, "hand-over"):
            self._eka.send(packed, "/hand-over")

    def _receive(self) -> None:
        """The archive's receipt, with its scan."""
        page = self._eka.open(self._address)
        scan = self._eka.open(f"{self._address}/inventory.pdf").content
        page = self._eka.send(
            page, "/accept", {"receipt": RECEIPT, "day": "t"}, files={"scan": ("receipt.pdf", scan)}
        )  # fmt: skip
        if words.say("ka", "archive.state.accepted") not in page.text:
            raise JourneyBroken("the transfer is not received")
        if self._eka.open(f"{self._address}/receipt").content != scan:
            raise JourneyBroken("the receipt's scan came back changed")
        self.tell(f"12 handed over and received by the archive, receipt {RECEIPT} with its scan")

    def _check(self, package: bytes, key: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "package.zip")
            path.write_bytes(package)
            done = subprocess.run(
                [sys.executable, "-m", "edms.cli", "archive", "verify", str(path), "--key", key],
                env={**os.environ, "EDMS_TRUST_DIR": str(self.trust_dir)},
                capture_output=True,
                timeout=LONGEST,
                check=False,
            )
        if done.returncode != 0:
            raise JourneyBroken(f"the package does not hold: {done.stdout.decode()} {done.stderr.decode()}")

    @staticmethod
    def _form(page: Page, what: str) -> bool:
        return any((form.get("action") or "").endswith(f"/{what}") for form in page.tree.forms)
