"""One letter's journey, over HTTP only, as the real people would: each with her own session and rights.

Every step is followed by a check of what it left behind; the journey holds only if all of them do.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2

from edms import clock, terms, words
from edms.demo import letters, scanner
from edms.demo.browser import JourneyBroken, Page, Person, option
from edms.demo.town import PASSWORD, PIN
from edms.signing import trust, validation

NAME = "განცხადება სახურავის შესახებ.pdf"
CHECKER = Path(__file__).resolve().parents[2] / "checker" / "edms_checker.py"


@dataclass
class Journey:
    """The letter on its way and what is known of it so far."""

    base: str
    trust_dir: Path
    tell: Callable[[str], None]
    scan: bytes = b""
    name: str = NAME
    own_scan: bool = False
    number: str = ""
    code: str = ""
    letter_id: str = ""
    reply_id: str = ""
    reply_number: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    person: Callable[[str], Person] = Person

    def travel(self) -> None:
        """All the steps. Errors: JourneyBroken."""
        self.begin()
        for step in self.steps:
            step()

    @property
    def steps(self) -> tuple[Callable[[], None], ...]:
        """The steps in their order."""
        return (
            self.arrive, self.register, self.submit, self.resolve, self.answer, self.sign, self.dispatch, self.report,
            self.file, self.prove,
        )  # fmt: skip

    def begin(self) -> None:
        """The letter is written, its people sign in."""
        if not self.scan:
            written = letters.letter(letters.SUBJECTS[0], random.Random(417))
            self.scan = scanner.scan(written.text, "ka", random.Random(417))
        for login in ("nino", "davit", "gocha", "eka"):
            self.people[login] = self.person(self.base)
            self.people[login].sign_in(login, PASSWORD)

    def arrive(self) -> None:
        """The scan arrives in the tray and is read."""
        clerk = self.people["nino"]
        clerk.send(clerk.open("/arrivals/"), "/arrivals/upload", files={"file": (self.name, self.scan)})
        tray = clerk.open("/arrivals/")
        links = [a.get("href") for a in tray.tree.xpath("//a[contains(@class,'line-number')]")]
        if not links:
            raise JourneyBroken("the scan is not in the tray")
        self._card = links[-1]
        clerk.until(self._card, lambda page: bool(page.tree.xpath("//figure//img")), "the scan's page", seconds=240)
        self.tell("1  the scan arrived and was read, page by page")

    def register(self) -> None:
        """The registrar confirms the card; number, slip and tracking code."""
        clerk = self.people["nino"]
        card = clerk.until(
            self._card, lambda page: self.own_scan or "data-text=" in page.text, "guesses for the card", seconds=120
        )
        book = option(card, "register_id", words.say("ka", "registry.register_kind.applications"))
        said = {
            "register_id": book,
            "correspondent_text": "გიორგი ბერიძე",
            "correspondent_address": "რუსთაველის ქუჩა 14, ქვემო",
            "summary": "საცხოვრებელი სახლის სახურავის შეკეთება",
            "case_index": "12-05",
            "addressee": option(card, "addressee", "მერი"),
            "language": "ka",
        }
        done = clerk.send(card, self._card, said)
        self.number = _one(done, "//*[contains(@class,'number-drawn')]//*[contains(@class,'number')]")
        self.letter_id = done.address.rsplit("/", 1)[1]
        slip = pypdfium2.PdfDocument(clerk.open(f"/letters/{self.letter_id}/slip").content)[0].get_textpage()
        found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}", slip.get_text_bounded())
        if found is None or self.number not in slip.get_text_bounded():
            raise JourneyBroken("the slip does not name number and code")
        self.code = found[0]
        self.tell(f"2  registered under {self.number}; the slip carries the code {self.code}")

    def submit(self) -> None:
        """Before the mayor."""
        clerk = self.people["nino"]
        page = clerk.open(f"/letters/{self.letter_id}")
        clerk.send(page, "/submit", {"official": option(page, "official", "დავით მაისურაძე"), "note": ""})
        self.tell("3  submitted to the mayor")

    def resolve(self) -> None:
        """The mayor resolves; the legal term stands on the letter."""
        mayor = self.people["davit"]
        page = mayor.open(f"/letters/{self.letter_id}")
        said = {
            "more_text": "გოჩა კვარაცხელია",
            "text": "გთხოვთ შეისწავლოთ ადგილზე და მოამზადოთ პასუხი.",
            "do": "stay",
        }
        page = mayor.send(page, "/resolve", said)
        today = clock.today("Asia/Tbilisi")
        due = terms.due(terms.named("ge.letter"), terms.for_country("GE"), today)
        if due.on is None or words.date("ka", due.on) not in page.text:
            raise JourneyBroken(f"the term {due.on} is not on the letter")
        self.tell(f"4  resolved; the answer is due on {due.on:%d.%m.%Y} by the legal clock")

    def answer(self) -> None:
        """The executor writes the reply and sends it to be signed."""
        executor = self.people["gocha"]
        # For ten seconds the mayor can take the resolution back; nobody is told before.
        executor.until("/desk/", lambda desk: self.number in desk.text, "the letter on the executor's desk", seconds=30)
        page = executor.open(f"/drafts/new?reply_to={self.letter_id}")
        said = {
            "subject": "სახურავის შეკეთების შესახებ",
            "text": letters.SUBJECTS[0].answer,
            "signer": option(page, "signer", "დავით მაისურაძე"),
            "do": "send",
            "channel": "post",
        }
        draft = executor.send(page, f"reply_to={self.letter_id}", said)
        self._draft = re.sub(r"^https?://[^/]+", "", draft.address)
        self.tell("5  the reply was written on letterhead and lies before the mayor")

    def sign(self) -> None:
        """The mayor signs with her password and PIN; the machines raise it to B-LTA."""
        mayor, draft = self.people["davit"], self._draft.rsplit("/", 1)[1]
        page = mayor.open("/sign/")
        if "step-up" in page.address:
            page = mayor.send(page, page.address, {"password": PASSWORD})
        page = mayor.until(
            "/sign/", lambda pile: f"shown-{draft}" in pile.text, "the printed page on the pile", seconds=30
        )
        mayor.send(page, "/sign/", {"pin": PIN, "marked": [draft]})
        executor = self.people["gocha"]
        link = f"//a[contains(@href,'/letters/') and text()='{words.say('ka', 'drafting.signed_letter')}']"
        page = executor.until(self._draft, lambda p: bool(p.tree.xpath(link)), "the signature", seconds=120)
        self.reply_id = page.tree.xpath(link)[0].get("href").rsplit("/", 1)[1]
        page = executor.open(f"/letters/{self.reply_id}")
        self.reply_number = _one(page, "//h1//*[contains(@class,'number')]")
        signed = executor.open(self._content(page, ".pdf")).content
        verdict = validation.validate(signed, trust.load(self.trust_dir), at=clock.now())
        if verdict.bottom.value != "passed" or verdict.level is None or "lta" not in verdict.level.value.lower():
            raise JourneyBroken(
                f"the signature does not hold: {verdict.bottom} {verdict.level} {verdict.sub_indication}"
            )
        self.tell(f"6  signed as {self.reply_number}: PAdES {verdict.level.value}, verdict passed, checked offline")

    def dispatch(self) -> None:
        """Sent by post, with its proof."""
        clerk = self.people["nino"]
        page = clerk.open(f"/letters/{self.reply_id}/send")
        clerk.send(page, "/send", {"channel": "post", "address": "რუსთაველის ქუჩა 14, ქვემო"})
        page = clerk.open("/sending/")
        form = page.tree.xpath(f"//li[.//a[contains(@href,'/letters/{self.reply_id}')]]//form/@action")
        if not form:
            raise JourneyBroken("the reply is not on the post list")
        clerk.send(page, form[0], {"proof": "RR417000001GE"})
        self.tell("7  dispatched by post, proof RR417000001GE")

    def report(self) -> None:
        """The executor reports, the mayor accepts."""
        executor, mayor = self.people["gocha"], self.people["davit"]
        page = executor.open(f"/letters/{self.letter_id}")
        form = next(f.get("action") for f in page.tree.forms if "/report/" in (f.get("action") or ""))
        executor.send(page, form, {"text": "პასუხი გაეგზავნა."})
        page = mayor.open(f"/letters/{self.letter_id}")
        form = next(f.get("action") for f in page.tree.forms if "/judge/" in (f.get("action") or ""))
        mayor.send(page, form, {"do": "yes", "remark": ""})
        self.tell("8  reported as done and accepted")

    def file(self) -> None:
        """Into the case."""
        archivist = self.people["eka"]
        page = archivist.open(f"/letters/{self.letter_id}/file")
        page = archivist.send(page, "/file", {"case_index": "12-05"})
        if words.say("ka", "registry.document_state.filed") not in page.text:
            raise JourneyBroken("the letter is not in its case file")
        self.tell("9  filed in case 12-05")

    def prove(self) -> None:
        """The citizen looks; the text is found; the bytes are the same; the proof holds without us."""
        citizen, clerk = self.person(self.base), self.people["nino"]
        page = citizen.send(citizen.open("/track"), "/track", {"n": self.number, "c": self.code})
        if self.reply_number not in page.text or "ბერიძე" in page.text:
            raise JourneyBroken("the tracking page does not name the answer, or names the sender")
        receipt = citizen.send(page, "/track/receipt").content
        key = citizen.open("/log/key").content.decode().strip()
        self._check(receipt, key)
        if not self.own_scan:
            clerk.until(
                "/search/?q=მცირეწლოვანებს",
                lambda found: self.number in found.text, "the scan's text in the search", seconds=60,
            )  # fmt: skip
        original = clerk.open(self._content(clerk.open(f"/letters/{self.letter_id}"), self.name)).content
        if original != self.scan:
            raise JourneyBroken("the original bytes came back changed")
        self.tell(
            "10 tracked by number and code; found by an inflected word; proof accepted by the stand-alone checker"
        )

    def _check(self, receipt: bytes, key: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "receipt.json"
            path.write_bytes(receipt)
            done = subprocess.run(
                [sys.executable, "-I", str(CHECKER), str(path), "--key", key],
                capture_output=True,
                timeout=60,
                check=False,
            )
        if done.returncode != 0:
            raise JourneyBroken(f"the checker refuses the receipt: {done.stdout.decode()} {done.stderr.decode()}")

    @staticmethod
    def _content(page: Page, name: str) -> str:
        for link in page.tree.xpath("//a[contains(@href,'/contents/')]"):
            if link.text_content().strip().endswith(name) and "/page/" not in link.get("href"):
                return str(link.get("href"))
        raise JourneyBroken(f"no paper {name} on {page.address}")


def _one(page: Page, where: str) -> str:
    found = page.tree.xpath(where)
    if not found:
        raise JourneyBroken(f"nothing at {where} on {page.address}")
    return str(found[0].text_content()).strip()
