"""docker-compose.yml started as it stands, by compose on a Docker engine: every part, its networks, its secrets and its health checks.

The images of others are made here of the same servers (stand_ins.py); beside them stands a fictional town's authority.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from edms import clock, words
from edms.demo import authority as authorities
from edms.demo.authority import Authority, Holder
from edms.demo.browser import Person
from edms.demo.journey import Journey
from edms.demo.town import PASSWORD, PEOPLE, PIN, SIGNERS
from tests.services import engine, stand_ins
from tests.services.engine import Engine
from tests.services.s3_servers import free_port

pytestmark = [pytest.mark.services, pytest.mark.image, pytest.mark.timeout(1200)]
ROOT = Path(__file__).parents[2]
OURS = {"web": 2, "worker-capture": 1, "worker-signing": 1, "worker-desk": 1, "worker-rounds": 1}
ONCE = {"setup", "bucket", "elastic-user"}
PATIENCE = 180


@dataclass
class Stack:
    """The project in a folder of its own, and how it is asked."""

    folder: Path
    engine: Engine
    authority: Authority
    https: int
    mail: int

    def compose(self, *words: str, **more: Any) -> str:
        """One call of compose."""
        return self.engine.compose(self.folder, *words, **more)

    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """Every container by its service, as the engine sees it."""
        found: dict[str, list[dict[str, Any]]] = {}
        for each in json.loads(self.engine.docker("inspect", *self.compose("ps", "-aq").split())):
            found.setdefault(each["Config"]["Labels"]["com.docker.compose.service"], []).append(each)
        return found

    @property
    def base(self) -> str:
        """Where people reach it."""
        return f"https://localhost:{self.https}"

    @property
    def root(self) -> Path:
        """The certificate of the proxy's own authority."""
        kept = self.folder / "root.crt"
        if not kept.exists():
            self.compose("cp", "proxy:/data/caddy/pki/authorities/local/root.crt", str(kept))
        return kept

    def person(self, base: str) -> Person:
        """Somebody who trusts that certificate."""
        made = Person(base)
        made._session.verify = str(self.root)
        made._session.headers["Referer"] = f"{base}/"  # browsers say it, and by HTTPS it is asked for
        return made

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, what
            time.sleep(0.3)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    if lacking := engine.missing():
        pytest.skip(f"NOT PROVED: docker-compose.yml started: {lacking}")
    with tempfile.TemporaryDirectory(prefix="edms-stack-") as name, engine.running(Path(name)) as started:
        if unmade := [each for each in (stand_ins.OURS, *stand_ins.PLACES.values()) if not started.has(each)]:
            pytest.skip(f"NOT PROVED: docker-compose.yml started: make test-image makes {', '.join(unmade)}")
        folder = Path(name) / f"edms{secrets.token_hex(3)}"
        made = Stack(folder, started, _furnish(folder), free_port(), free_port())
        _tell(made)
        try:
            yield made
        finally:
            (Path(os.environ.get("EDMS_STACK_LOG", os.devnull))).write_text(made.compose("logs", check=False))
            made.compose("down", "--volumes", "--timeout", "5", check=False)


def _furnish(folder: Path) -> Authority:
    """What a town has of the project, its secrets made as its head says; the authority's folder beside it."""
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    shutil.copyfile(ROOT / "docker-compose.yml", folder / "docker-compose.yml")
    for each in ("override.yml", "found.py", "answer.py"):
        (folder / "authority").mkdir(exist_ok=True)
        shutil.copyfile(stand_ins.FOLDER / each, folder / ("authority" if each.endswith(".py") else "") / each)
    subprocess.run([str(folder / "deploy/make-secrets")], check=True, capture_output=True)
    people = [Holder(p.login, p.names["en"], "Kvemo Municipality", PIN) for p in PEOPLE if p.login in SIGNERS]
    since = clock.now().replace(microsecond=0) - timedelta(days=500)
    authority = authorities.make(folder / "authority", people, "http://authority:8099", since=since)
    shutil.copytree(authority.trust_dir, folder / "deploy/trust", dirs_exist_ok=True)
    for each in (folder / "authority", folder / "deploy"):
        subprocess.run(["chmod", "-R", "a+rX", str(each)], check=True)
    return authority


def _tell(stack: Stack) -> None:
    """The file .env, from the one that a town begins with."""
    told = {
        "EDMS_HOST": "localhost", "EDMS_SMTP_URL": "smtp://mail:1025", "EDMS_SMTP_FROM": "records@kvemo.example",
        "EDMS_TSA_URL": stack.authority.tsa_url, "TRIED_HTTPS": stack.https, "TRIED_MAIL": stack.mail,
        "COMPOSE_FILE": "docker-compose.yml:override.yml", "COMPOSE_PROFILES": "try", "COMPOSE_PROJECT_NAME": stack.folder.name,
    }  # fmt: skip
    lines = (ROOT / "deploy/compose.env").read_text().splitlines()
    kept = [line for line in lines if line.split("=")[0] not in told]
    (stack.folder / ".env").write_text("\n".join([*kept, *(f"{key}={value}" for key, value in told.items())]) + "\n")


@pytest.fixture(scope="module")
def town(stack: Stack) -> Stack:
    """The stack, up, with the fictional town in it."""
    began = time.monotonic()
    try:
        stack.compose("up", "--detach", "--no-build", seconds=1000)
        stack.until(
            lambda: all(
                part["State"].get("Health", {}).get("Status") in (None, "healthy")
                for each in stack.parts().values()
                for part in each
            ),
            "not healthy",
        )
    except (RuntimeError, AssertionError) as failed:
        looked = {
            each["Name"]: each["State"].get("Health", each["State"]) for part in stack.parts().values() for each in part
        }
        pytest.fail(
            f"{failed}\n{json.dumps(looked, indent=1)[-12000:]}\n{stack.compose('logs', '--tail', '20', check=False)[-8000:]}"
        )
    print(f"up and healthy after {time.monotonic() - began:.0f} s")
    folder = f"{stack.folder / 'authority'}:/stack:ro"
    stack.compose("run", "--rm", "--no-deps", "-T", "-v", folder, "--entrypoint", "python", "worker-rounds", "/stack/found.py")  # fmt: skip
    return stack


def test_every_part_is_up_and_healthy_and_may_do_no_more_than_it_must(town: Stack) -> None:
    parts = town.parts()
    assert {name: len(parts[name]) for name in OURS} == OURS
    for name in ONCE:
        assert (parts[name][0]["State"]["Status"], parts[name][0]["State"]["ExitCode"]) == ("exited", 0), name
    for name in ("web", "db", "elastic", "store", "proxy", "mail"):
        for each in parts[name]:
            assert each["State"]["Health"]["Status"] == "healthy", (name, each["State"]["Health"]["Log"][-1:])
    for name in (*OURS, "setup", "bucket"):
        for each in parts[name]:
            allowed = each["HostConfig"]
            assert allowed["ReadonlyRootfs"], name
            assert (allowed["CapDrop"], allowed["CapAdd"]) == (["ALL"], None), name
            assert "no-new-privileges:true" in allowed["SecurityOpt"], name
            assert allowed["Memory"] > 0, name
            assert each["Config"]["User"] == "10001:10001", name
    asked = {name for name, each in parts.items() if any(part["HostConfig"]["PortBindings"] for part in each)}
    assert asked == {"proxy", "mail"}, "only these can be reached"
    for secret in (town.folder / "secrets").iterdir():
        assert secret.read_text() not in json.dumps(parts), f"{secret.name} is read from its file alone"


def test_what_is_within_reaches_nothing_outside(town: Stack) -> None:
    parts, project = town.parts(), town.folder.name
    for name in ("db", "elastic", "store", "setup", "bucket", "elastic-user"):
        assert {network for each in parts[name] for network in each["NetworkSettings"]["Networks"]} == {
            f"{project}_inside"
        }, name
    assert json.loads(town.engine.docker("network", "inspect", f"{project}_inside"))[0]["Internal"] is True


def test_a_letter_goes_its_whole_way_through_the_proxy_and_its_official_is_told_by_mail(town: Stack) -> None:
    executor = town.person(town.base)
    executor.sign_in("gocha", PASSWORD)
    page = executor.open("/account/notices/")
    executor.send(
        page, page.address, dict.fromkeys(page.tree.xpath("//input[@type='radio'][@value='now']/@name"), "now")
    )
    told: list[str] = []
    Journey(town.base, town.authority.trust_dir, told.append, person=town.person).travel()
    assert len(told) == 10
    address = f"http://127.0.0.1:{town.mail}/api/v1/messages"

    def mailed() -> bool:
        found = requests.get(address, timeout=20).json()["messages"]
        return any(to["Address"] == "gocha@kvemo.example" for each in found for to in each["To"])

    town.until(mailed, "no mail came")


def test_the_house_finds_itself_whole_and_a_backup_is_made_and_read_again(town: Stack) -> None:
    rows = {row["what"]: row for row in json.loads(town.compose("exec", "-T", "web", "edms", "doctor", "--json"))}
    assert [row for row in rows.values() if row["state"] == "missing"] == []
    assert rows["wall"]["text"] == words.say("en", "doctor.wall_store")
    for what in ("database", "store", "search", "ocr", "fonts", "sandbox", "keys", "clock"):
        assert rows[what]["state"] == "fine", rows[what]
    for call in (
        ("ledger", "verify"),
        ("storage", "verify"),
        ("reconcile", "--check"),
        ("backup",),
        ("backup", "--check"),
    ):
        town.compose("exec", "-T", "worker-rounds", "edms", *call)


def test_a_part_that_dies_is_started_again_and_nobody_at_the_proxy_notices(town: Stack) -> None:
    citizen = town.person(town.base)
    for name in ("web", "worker-desk"):
        before = town.parts()[name][0]
        os.kill(before["State"]["Pid"], signal.SIGKILL)

        def back(before: dict[str, Any] = before, name: str = name) -> bool:
            citizen.open("/track")  # errors are raised
            now = next(each for each in town.parts()[name] if each["Id"] == before["Id"])
            state = now["State"]
            return bool(
                state["Running"]
                and now["RestartCount"] == 1
                and state.get("Health", {}).get("Status") in (None, "healthy")
            )

        town.until(back, f"{name} did not come back")


def test_while_the_database_is_away_people_are_told_and_then_go_on(town: Stack) -> None:
    citizen = town.person(town.base)
    town.compose("stop", "db")
    answer = citizen.ask("GET", f"{town.base}/track?n=x&c=y")
    ready = citizen.ask("GET", f"{town.base}/readyz")
    assert ready.status_code == 503
    assert answer.status_code == 503
    assert words.say("ka", "db.down")[:20] in answer.text
    town.compose("start", "db")
    town.until(lambda: citizen.ask("GET", f"{town.base}/readyz").status_code == 200, "it did not go on")
