"""A day of a town, driven through the web as its forty people would: 300 letters in, 120 out, arrivals in bursts.

Eight hours are pressed into twenty minutes, and with them the time that each act takes its person; nobody keeps time with
the others, each act takes half as long to half as long again. One letter in five is a scan of a page, three are files, one comes to the counter
on paper and stays there. Every letter is registered, submitted, resolved, executed, reported and accepted; two in five
are answered in writing, signed by the mayor in piles, raised to B-LTA and dispatched by post. At the end nothing may
wait. Figures are the server's own answers; the people's browsers run on the same machine. With --full the whole day.
"""

from __future__ import annotations

import heapq
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

import psycopg
import requests

from benchmarks.report import Report, percentile
from benchmarks.stage import Stage, web, workers
from benchmarks.towns import Town, towns
from edms import words
from edms.db.engine import conninfo
from edms.demo import authority as authorities
from edms.demo import letters, scanner
from edms.demo.browser import JourneyBroken, Page, Person, option
from edms.demo.town import PASSWORD, PIN
from edms.registry.words import RegisterKind

IN = 300
DAY_SECONDS = 1200.0  # what eight hours are pressed into: 24 times faster than life
LIFE_SECONDS = 8 * 3600.0
UNDO_SECONDS = 10.5  # nobody is told of an act before
SEES_SECONDS = 10.0  # until somebody looks at what she was told
PACE = {"register": 30, "resolve": 12, "answer": 90, "report": 20, "accept": 6, "sign": 20, "dispatch": 20}
"""Seconds that an act takes its person in life, who reads and thinks: she begins nothing else meanwhile."""
HANDS = 16  # people who act at the same instant, at most
BURSTS = ((0.02, 0.35), (0.25, 0.15), (0.45, 0.2), (0.65, 0.2), (0.85, 0.1))  # when of the day, which share: the post …
PILE = 20  # letters the mayor signs at once, at most
LIMIT = 300
WAITING = {
    "arrivals in trays": "SELECT count(*) FROM arrival WHERE state = 'waiting'",
    "letters not executed": "SELECT count(*) FROM document WHERE state IN ('registered', 'submitted', 'in_execution')"
    " AND kind = 'applications'",
    "letters not dispatched": "SELECT count(*) FROM document WHERE state = 'signed'",
    "jobs": "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') AND coalesce(scheduled_at, now()) <= now()",
}


def run(report: Report) -> None:
    """A quarter of a town's day; with --full all of it."""
    share = 1.0 if report.full else 0.25
    measure(report, "a town's day", 1, share, DAY_SECONDS * share)


def measure(report: Report, name: str, number: int, share: float, seconds: float) -> None:
    """That share of the letters of a day of so many towns, in so many seconds."""
    with (
        towns(number) as (here, authority, founded),
        authorities.serve(authority),
        web(here) as listen,
        workers(here, 2 if number > 1 else 1),
    ):
        office = Office(f"http://{listen}", random.Random(41), faster=share * LIFE_SECONDS / seconds)
        for town in founded:
            office.open(town, round(IN * share), seconds)
        took = office.work()
        left = _left(here)
    report.note(
        f"{name}: {office.registered} letters in, {office.answered} out, {sum(map(len, office.times.values()))} pages"
        f" and acts in {took:.0f} s; signing a pile took {percentile(office.times.pop('POST /sign/'), 0.95):.0f} ms at p95."
    )
    pages = {kind: times for kind, times in office.times.items() if len(times) >= 20}
    slowest = max(pages, key=lambda kind: percentile(pages[kind], 0.95))
    every = [each for times in office.times.values() for each in times]
    report.row(f"{name}, all pages, p95", percentile(every, 0.95), "ms", bar=f"< {LIMIT} ms")
    report.row(
        f"{name}, slowest kind of page, p95", percentile(pages[slowest], 0.95), "ms", slowest, bar=f"< {LIMIT} ms"
    )
    report.row(f"{name}, waiting at its end", sum(left.values()), "", bar="<= 0")
    for what, waits in left.items():
        if waits:
            report.note(f"{name}: {waits} {what} at its end")


def _left(here: Stage) -> dict[str, int]:
    """What still waits; machines get a minute to finish what people began."""
    with psycopg.connect(conninfo(here.house.urls.owner), autocommit=True) as connection:
        end = time.monotonic() + 60
        while True:
            left = {what: (connection.execute(ask).fetchone() or (0,))[0] for what, ask in WAITING.items()}
            if not any(left.values()) or time.monotonic() > end:
                return left
            time.sleep(1)


class Timed(Person):
    """A person whose server's answers are timed, by kind of page."""

    def __init__(self, base: str, times: dict[str, list[float]]) -> None:
        super().__init__(base)
        self.lock, self.free_at = threading.Lock(), 0.0
        self._session.headers["Connection"] = "close"  # a kept one may be given up just as it is asked again
        self._session.hooks["response"].append(lambda answer, *_, **__: _note(times, answer))


def _note(times: dict[str, list[float]], answer: requests.Response) -> None:
    kind = re.sub(r"\d+", "N", urlsplit(answer.url).path)
    times[f"{answer.request.method} {kind}"].append(answer.elapsed.total_seconds() * 1000)


@dataclass
class Letter:
    """One letter on its way."""

    kind: str  # scan, file or paper
    answered: bool
    card: str = ""
    place: str = ""
    draft: str = ""


Act = tuple[float, int, Timed, float, Callable[[], None]]
"""When, in which order, whose, how long she is at it, what."""


@dataclass
class Office:
    """The people of all towns and what each has to do when; acts of one person never overlap."""

    base: str
    chance: random.Random
    faster: float  # than life
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    registered: int = 0
    answered: int = 0
    _people: dict[str, Timed] = field(default_factory=dict)
    _due: list[Act] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)
    _busy: int = 0
    _wake: threading.Condition = field(default_factory=threading.Condition)
    _broken: list[BaseException] = field(default_factory=list)

    def person(self, town: Town, who: str) -> Timed:
        """Somebody, signed in."""
        login = town.login(who)
        if login not in self._people:
            self._people[login] = Timed(self.base, self.times)
            self._people[login].sign_in(login, PASSWORD)
        return self._people[login]

    def open(self, town: Town, coming: int, seconds: float) -> None:
        """Plan a town's letters over so many seconds; everybody signs in before the day is timed."""
        day = Day(self, town)
        for who in ("mayor", *town.registrars, *town.executors):
            self.person(town, who)
        self.times.clear()
        for number, at in enumerate(_arrivals(coming, seconds, self.chance)):
            letter = Letter(("file", "file", "scan", "file", "paper")[number % 5], number % 5 < 2)
            self.later(town, town.registrars[number % 2], at, day.arrive, letter)

    def later(self, town: Town, who: str, seconds: float, act: Callable[..., None], *facts: object) -> None:
        """Let a person do something in so many seconds."""
        person = self.person(town, who)
        with self._wake:
            pace = about(PACE.get(act.__name__, 0) / self.faster, self.chance)
            heapq.heappush(
                self._due, (time.monotonic() + seconds, next(self._order), person, pace, lambda: act(person, *facts))
            )
            self._wake.notify()

    def work(self) -> float:
        """Do everything; the seconds it took. Errors: the first that a person met."""
        began = time.monotonic()
        hands = [threading.Thread(target=self._hand) for _ in range(HANDS)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        if self._broken:
            raise self._broken[0]
        return time.monotonic() - began

    def _hand(self) -> None:
        while (entry := self._next()) is not None:
            try:
                entry[4]()
            except BaseException as error:
                self._broken.append(error)
            finally:
                entry[2].free_at = time.monotonic() + entry[3]
                entry[2].lock.release()
                with self._wake:
                    self._busy -= 1
                    self._wake.notify_all()

    def _next(self) -> Act | None:
        """The next act whose time has come and whose person is free; None when the day is over."""
        with self._wake:
            while not self._broken:
                now = time.monotonic()
                for entry in sorted(self._due)[:200]:
                    if entry[0] > now:
                        break
                    if entry[2].free_at <= now and entry[2].lock.acquire(blocking=False):
                        self._due.remove(entry)
                        heapq.heapify(self._due)
                        self._busy += 1
                        return entry
                if not self._due and not self._busy:
                    return None
                begin = (max(entry[0], entry[2].free_at) for entry in self._due)
                soonest = min((at for at in begin if at > now), default=now + 1)
                self._wake.wait(min(1.0, max(0.01, soonest - now)))
            return None


class Day:
    """What the people of one town do with a letter, step by step."""

    def __init__(self, office: Office, town: Town) -> None:
        self.office, self.town = office, town
        self.chance = random.Random(town.code)
        self.turn = count()
        self.signing: list[Letter] = []
        self.scans = [_scan(n) for n in range(4)]

    def arrive(self, clerk: Timed, letter: Letter) -> None:
        """A scan or a file is dropped into the tray; paper is registered at once."""
        if letter.kind == "paper":
            letter.card = "/arrivals/new"
            self.register(clerk, letter)
            return
        written = letters.letter(letters.SUBJECTS[0], self.chance)
        name = f"{self.town.code}-{next(self.turn):05}"
        whole = (
            (f"{name}.pdf", self.chance.choice(self.scans))
            if letter.kind == "scan"
            else (f"{name}.docx", scanner.word_file(written.text))
        )
        tray = clerk.open("/arrivals/")
        clerk.send(tray, "/arrivals/upload", files={"file": whole})
        self._find(clerk, letter, whole[0], 40)

    def _find(self, clerk: Timed, letter: Letter, name: str, tries: int) -> None:
        tray = clerk.open("/arrivals/")
        if found := tray.tree.xpath(f"//li[contains(., '{name}')]//a[contains(@class,'line-number')]/@href"):
            letter.card = found[0]
            self._after(4, self._registrar(), self.register, letter)
            return
        if not tries:
            raise JourneyBroken(f"{name} is not in the tray")
        self._after(1, self._registrar(), self._find, letter, name, tries - 1)

    def register(self, clerk: Timed, letter: Letter) -> None:
        """The card is filled in and sent, the letter submitted to the mayor."""
        card = clerk.open(letter.card)
        written = letters.letter(letters.SUBJECTS[0], self.chance)
        said = {
            "register_id": option(card, "register_id", words.say("ka", f"registry.register_kind.{RegisterKind.APPLICATIONS.value}")),
            "correspondent_text": written.sender, "correspondent_address": written.address, "summary": written.summary,
            "case_index": "12-05", "addressee": option(card, "addressee", self.town.names["mayor"]), "language": "ka",
        }  # fmt: skip
        page = clerk.send(card, letter.card, said)
        letter.place = f"/letters/{page.address.rsplit('/', 1)[1].split('?')[0]}"
        self.office.registered += 1
        page = clerk.open(letter.place)
        clerk.send(page, "/submit", {"official": option(page, "official", self.town.names["mayor"]), "note": ""})
        self._told("mayor", self.resolve, letter)

    def resolve(self, mayor: Timed, letter: Letter) -> None:
        """From her desk the mayor opens the letter and gives it to somebody."""
        mayor.open("/desk/")
        page = mayor.open(letter.place)
        who = self.chance.choice(self.town.executors)
        said = {"more_text": self.town.names[who], "text": "გთხოვთ შეისწავლოთ და მოამზადოთ პასუხი.", "do": "stay"}
        mayor.send(page, "/resolve", said)
        self._told(who, self.answer if letter.answered else self.report, letter, who)

    def answer(self, executor: Timed, letter: Letter, who: str) -> None:
        """The executor writes the reply and lays it before the mayor, who signs when a pile has come together."""
        executor.open("/desk/")
        executor.open(letter.place)
        number = letter.place.rsplit("/", 1)[1]
        page = executor.open(f"/drafts/new?reply_to={number}")
        said = {
            "subject": "თქვენი განცხადების შესახებ", "text": letters.SUBJECTS[0].answer, "do": "send", "channel": "post",
            "signer": option(page, "signer", self.town.names["mayor"]),
        }  # fmt: skip
        letter.draft = urlsplit(executor.send(page, f"reply_to={number}", said).address).path
        self.signing.append(letter)
        self._after(20, "mayor", self.sign)
        self._after(30, who, self.watch, letter, who, 40)

    def sign(self, mayor: Timed) -> None:
        """The pile, with one password and one PIN."""
        pile, self.signing = self.signing[:PILE], self.signing[PILE:]
        if not pile:
            return
        page = mayor.open("/sign/")
        if "step-up" in page.address:
            page = mayor.send(page, page.address, {"password": PASSWORD})
        mayor.send(page, "/sign/", {"pin": PIN, "marked": [each.draft.rsplit("/", 1)[1] for each in pile]})

    def watch(self, executor: Timed, letter: Letter, who: str, tries: int) -> None:
        """Until the signature stands; then the clerk dispatches the answer, the executor reports."""
        page = executor.open(letter.draft)
        link = f"//a[contains(@href,'/letters/') and text()='{words.say('ka', 'drafting.signed_letter')}']"
        if not (found := page.tree.xpath(link)):
            if not tries:
                raise JourneyBroken(f"{letter.draft} was not signed")
            self._after(3, who, self.watch, letter, who, tries - 1)
            return
        self.office.answered += 1
        self._after(1, self._registrar(), self.dispatch, found[0].get("href"))
        self.report(executor, letter, who)

    def dispatch(self, clerk: Timed, reply: str) -> None:
        """By post, with its proof."""
        page = clerk.open(f"{reply}/send")
        clerk.send(page, "/send", {"channel": "post", "address": "რუსთაველის ქუჩა 14"})
        page = clerk.open("/sending/")
        form = page.tree.xpath(f"//li[.//a[contains(@href,'{reply}')]]//form/@action")
        if not form:
            raise JourneyBroken(f"{reply} is not on the post list")
        clerk.send(page, form[0], {"proof": f"RR{next(self.turn):09}GE"})

    def report(self, executor: Timed, letter: Letter, who: str) -> None:
        """Done; the mayor accepts it."""
        executor.open("/desk/")
        page = executor.open(letter.place)
        executor.send(page, _form(page, "/report/"), {"text": "შესრულდა."})
        self._after(2, "mayor", self.accept, letter)

    def accept(self, mayor: Timed, letter: Letter) -> None:
        """The mayor looks and accepts; the letter is executed."""
        page = mayor.open(letter.place)
        mayor.send(page, _form(page, "/judge/"), {"do": "yes", "remark": ""})

    def _after(self, seconds: float, who: str, act: Callable[..., None], *facts: object) -> None:
        self.office.later(self.town, who, about(seconds, self.chance), act, *facts)

    def _told(self, who: str, act: Callable[..., None], *facts: object) -> None:
        """When the seconds of Undo are over she is told, and soon sees it."""
        self.office.later(self.town, who, UNDO_SECONDS + about(SEES_SECONDS, self.chance), act, *facts)

    def _registrar(self) -> str:
        return self.chance.choice(self.town.registrars)


def about(seconds: float, chance: random.Random) -> float:
    """Roughly so long: people do not act in step."""
    return seconds * chance.uniform(0.5, 1.5)


def _form(page: Page, part: str) -> str:
    """The action of the form that has `part` in it."""
    for form in page.tree.forms:
        if part in (form.get("action") or ""):
            return str(form.get("action"))
    raise JourneyBroken(f"no form {part} on {page.address}")


def _arrivals(coming: int, seconds: float, chance: random.Random) -> list[float]:
    """Seconds at which letters come: each burst within a twentieth of the day."""
    made = [seconds * (begin + chance.random() * 0.05) for begin, share in BURSTS for _ in range(round(coming * share))]
    return sorted(made)


def _scan(seed: int) -> bytes:
    written = letters.letter(letters.SUBJECTS[0], random.Random(seed))
    return scanner.scan(written.text, "ka", random.Random(seed))
