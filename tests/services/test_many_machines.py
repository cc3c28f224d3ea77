"""One letter on many machines: two web processes and four workers on a PostgreSQL, a bucket and an Elasticsearch that
others run, told by settings only. Each of these is killed once in the middle of the journey and started again.

Nothing acknowledged may be lost, nothing may be there twice, and whoever looks meanwhile is told in words.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from edms import bootstrap, clock, words
from edms.config import load
from edms.demo import authority as authorities
from edms.demo.browser import JourneyBroken, Page, Person
from edms.demo.journey import Journey
from edms.demo.running import free_port
from edms.demo.seeding import authority_in
from edms.demo.town import PIN, SIGNERS, found
from tests.services import elastic_nodes, postgres_server, s3_servers
from tests.services.machines import City
from tests.services.postgres_server import Postgres
from tests.services.round_robin import RoundRobin

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]
PATIENCE = 90
ONCE = (
    "arrival:received", "document:submitted", "resolution:issued", "draft:begun", "draft:sent-to-sign", "document:signed",
    "number:reserved", "dispatch:asked", "dispatch:sent", "assignment:reported", "assignment:accepted", "document:filed",
)  # fmt: skip
"""What one letter's journey leaves in the history, each of them a single time."""


class Patient(Person):
    """Who tries again: at once when told that it cannot be done now, and also when nobody knows whether it was done."""

    refused: list[str] = []
    """What pages said while something was away."""
    done_already: list[str] = []
    """Which acts, tried again because nobody knew, were said to be done."""
    unsure = False

    def send(self, page: Page, action: str, *rest: Any, **more: Any) -> Page:
        self.unsure = False
        try:
            return super().send(page, action, *rest, **more)
        except JourneyBroken as error:
            if not self.unsure or ": 409 " not in str(error):
                raise
            Patient.done_already.append(action)
            return self.open(page.address)

    def ask(self, method: str, address: str, **what: Any) -> requests.Response:
        end = time.monotonic() + PATIENCE
        while True:
            answer = super().ask(method, address, **what)
            if answer.status_code not in (502, 503) or time.monotonic() > end:
                return answer
            self.unsure = self.unsure or answer.status_code == 502
            if answer.status_code == 503:
                Patient.refused.append(answer.text)
            if answer.history:  # the act was answered; the page after it was not
                method, address, what = "GET", answer.url, {}
            time.sleep(0.3)


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    if lacking := postgres_server.missing():
        pytest.skip(f"NOT PROVED on many machines: {lacking}")
    with (
        tempfile.TemporaryDirectory(prefix="edms-city-") as name,
        s3_servers.running("versitygw") as bucket,
        elastic_nodes.running("elastic9") as elastic,
    ):
        folder = Path(name)
        folder.chmod(0o711)
        postgres = Postgres(folder / "postgres")
        postgres.prepare()
        authority = authority_in(folder, lambda: free_port(0))
        made = City(folder, postgres, bucket, elastic)
        made.furnish(
            EDMS_DEMO="true", EDMS_TSA_URL=authority.tsa_url, EDMS_TRUST_DIR=str(authority.trust_dir),
            EDMS_PUBLIC_URL="https://records.kvemo.example",
        )  # fmt: skip
        settings = load(made.environ("a"))
        bootstrap.set_up(settings)
        house = bootstrap.build(settings, pool_size=2)
        with house.transaction() as session:
            town = found(session, years=(clock.now().year - 1, clock.now().year))
        for login in SIGNERS:
            house.signers.install(town.people[login].official_id, authority.pkcs12(login).read_bytes(), pin=PIN)
        house.close()
        try:
            with authorities.serve(authority):
                for process in made.processes.values():
                    process.start()
                yield made
        finally:
            made.stop()
            postgres.kill()


@pytest.fixture(scope="module")
def proxy(city: City) -> Iterator[RoundRobin]:
    made = RoundRobin(city.ports)
    yield made
    made.close()


def later(seconds: float, act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


class Troubles:
    """What goes wrong before and during each step of the journey."""

    def __init__(self, city: City, proxy: RoundRobin) -> None:
        self.city, self.proxy = city, proxy
        self.timers: list[threading.Timer] = []

    def killed(self, name: str, *, back_after: float) -> None:
        process = self.city.processes[name]
        process.kill()
        self.timers.append(later(back_after, process.start))

    def when_busy(self, kind: str, name: str) -> None:
        """Kill a worker in the middle of a job of this kind."""

        def watch() -> None:
            doing = "SELECT 1 FROM procrastinate_jobs WHERE task_name = %s AND status = 'doing'"
            end = time.monotonic() + PATIENCE
            with self.city.postgres.connect() as line:
                while line.execute(doing, [kind]).fetchone() is None:
                    if time.monotonic() > end:
                        return
                    time.sleep(0.005)
            self.killed(name, back_after=1)
            self.busy.append(kind)

        self.timers.append(later(0, watch))

    busy: list[str] = []

    def arrive(self) -> None:
        self.city.bucket.stop()
        self.timers.append(later(3, self.city.bucket.start))
        self.when_busy("look_inside", "worker capture")

    def register(self) -> None:
        self.city.elastic.stop()
        self._lose_one("/arrivals/")

    def submit(self) -> None:
        self._both_webs_are_up()
        self._lose_one("/submit")

    def resolve(self) -> None:
        self._both_webs_are_up()
        self.city.postgres.kill()
        self.timers.append(later(4, self.city.postgres.start))

    def answer(self) -> None:
        self.killed("worker desk", back_after=2)
        self._lose_one("/drafts/new")

    def sign(self) -> None:
        self._both_webs_are_up()
        self.when_busy("raise_signature", "worker signing")
        self._lose_one("/sign/")

    def dispatch(self) -> None:
        self._both_webs_are_up()
        self._lose_one("/send")

    def report(self) -> None:
        self._both_webs_are_up()
        self._lose_one("/report/")

    def file(self) -> None:
        self._both_webs_are_up()
        self.killed("worker rounds", back_after=1)
        self._lose_one("/file")

    def prove(self) -> None:
        self._both_webs_are_up()
        self.settle()
        self.city.elastic.start()

    def settle(self) -> None:
        for timer in self.timers:
            timer.join()

    def _lose_one(self, part: str) -> None:
        """The next answer to a POST there is lost, and the web process that made it is gone with it."""
        left = [part]

        def lose(method: str, path: str) -> bool:
            return method == "POST" and part in path.split("?")[0] and bool(left) and left.pop() == part

        def die(port: int) -> None:
            name = next(name for name, each in self.city.processes.items() if each.port == port)
            self.killed(name, back_after=2)

        self.proxy.lose, self.proxy.on_lost = lose, die

    def _both_webs_are_up(self) -> None:
        self.settle()
        self.timers.clear()


def test_a_letter_goes_its_way_while_each_process_dies_once(city: City, proxy: RoundRobin) -> None:
    told: list[str] = []
    journey = Journey(proxy.base, Path(city.settings["EDMS_TRUST_DIR"]), told.append, person=Patient)
    journey.begin()
    troubles = Troubles(city, proxy)
    try:
        for step in journey.steps:
            getattr(troubles, step.__name__)()
            step()
    finally:
        troubles.settle()
    assert len(told) == 10
    assert min(proxy.served.values()) > 20, "both web processes had their part"
    assert set(troubles.busy) == {"look_inside", "raise_signature"}, "both workers died in the middle"
    said = " ".join(Patient.refused)
    for message in ("storage.unavailable", "db.down"):
        assert words.say("ka", message)[:20] in said, message
    # Seven answers were lost after the act; sent again, each act is there once.
    assert proxy.lost == 7
    counted = dict(city.rows("SELECT kind, count(*) FROM event GROUP BY kind"))
    assert {kind: counted[kind] for kind in ONCE} == dict.fromkeys(ONCE, 1)
    assert city.rows("SELECT count(*), count(DISTINCT number) FROM document") == [(2, 2)]
    assert city.rows("SELECT count(*) FROM draft") == [(1,)]


def test_afterwards_the_house_is_whole(city: City) -> None:
    for call in (("ledger", "verify"), ("storage", "verify"), ("reconcile",)):
        done = city.run(*call, machine="b")
        assert done.returncode == 0, (call, done.stdout, done.stderr)
    assert city.rows("SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'") == []
    found = {row["what"]: row for row in json.loads(city.run("doctor", "--json").stdout)}
    assert [row for row in found.values() if row["state"] == "missing"] == []
    assert found["wall"]["text"] == words.say("en", "doctor.wall_store")


def test_wrong_passwords_are_counted_over_all_web_processes(city: City, proxy: RoundRobin) -> None:
    """Five may be mistaken at once; then each try waits twice as long, whichever process is asked."""
    told: list[str] = []
    waits = words.say("ka", "staff.too_many_attempts", seconds=7).split("7")[0]
    while len(told) < 15 and not (told and waits in told[-1]):
        person = Person(proxy.base)
        page = person.open("/account/sign-in")
        form = dict(page.tree.forms[0].form_values()) | {"login": "lali", "password": "wrong"}
        told.append(person.ask("POST", page.address, data=form).text)
    assert len(told) > 5
    assert waits in told[-1]


def test_a_machine_with_keys_of_its_own_is_refused_before_it_serves(city: City, tmp_path: Path) -> None:
    foreign = {**city.environ("b"), "EDMS_KEYS_DIR": str(tmp_path / "keys"), "EDMS_LISTEN": f"127.0.0.1:{free_port(0)}"}
    call = [sys.executable, "-m", "edms.cli", "serve", "--workers", "0"]
    done = subprocess.run(call, env=foreign, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert words.say("en", "access.keys_elsewhere", folder=tmp_path / "keys") in done.stderr


def test_the_doctor_says_in_sentences_what_is_down(city: City) -> None:
    try:
        city.elastic.freeze()
        city.bucket.stop()
        done = city.run("doctor", "--json", machine="b")
        rows = {row["what"]: row for row in json.loads(done.stdout)}
        assert rows["store"]["text"] == words.say("en", "storage.unavailable")
        assert rows["search"]["state"] == "weak"
    finally:
        city.bucket.start()
        city.elastic.thaw()
    city.postgres.kill()
    try:
        done = city.run("doctor", machine="b")
        assert done.returncode == 4
        assert words.say("en", "db.down") in done.stdout
    finally:
        city.postgres.start()
