"""docker-compose.yml and what is beside it: settings that exist, secrets by file only, and files that are there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from edms.config import Settings, load
from edms.jobs import Queue

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def told() -> dict:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def ours(told: dict) -> dict[str, dict]:
    return {
        name: each for name, each in told["services"].items() if str(each.get("image", "")).startswith("${EDMS_IMAGE")
    }


def test_our_processes_are_told_settings_that_exist_and_no_secret_but_by_file(told):
    secret = {
        f"EDMS_{name.upper()}" for name, each in Settings.model_fields.items() if "SecretStr" in str(each.annotation)
    }
    for name, service in ours(told).items():
        environ = {key: str(value) for key, value in service["environment"].items()}
        unknown = [
            key
            for key in environ
            if key.removesuffix("_FILE").removeprefix("EDMS_").lower() not in Settings.model_fields
        ]
        assert unknown == [], name
        given = {key for key, value in environ.items() if key in secret and not value.startswith("${")}
        assert given - {"EDMS_S3_ACCESS_KEY"} == set(), "a key's name may be known, its secret not"


def test_the_settings_are_ones_that_the_service_takes(told, tmp_path, monkeypatch):
    environ = {}
    for key, value in ours(told)["web"]["environment"].items():
        value = re.sub(r"\$\{\w+:-(\w*)\}", r"\1", re.sub(r"\$\{EDMS_HOST[^}]*\}", "records.mytown.ge", str(value)))
        if key.endswith("_FILE"):
            (tmp_path / Path(value).name).write_text("a secret of some length")
            value = str(tmp_path / Path(value).name)
        environ[key] = value
    made = load(environ)
    assert (made.store, made.search, made.trusted_proxies) == ("s3", "elastic", 1)
    assert made.public_url == "https://records.mytown.ge"
    assert made.s3_secret_key.get_secret_value() == "a secret of some length"


def test_every_queue_has_its_worker(told):
    served = re.findall(r"'--queue', '(\w+)'", str([service.get("command") for service in ours(told).values()]))
    assert sorted(served) == sorted(queue.value for queue in Queue)


def test_every_secret_is_made_and_every_file_is_there(told):
    made = re.search(r"for name in ([\w ]+);", (ROOT / "deploy/make-secrets").read_text())[1].split()
    assert sorted(told["secrets"]) == sorted(made)
    used = {each for service in told["services"].values() for each in service.get("secrets", ())}
    assert used == set(told["secrets"])
    for service in told["services"].values():
        for volume in service.get("volumes", ()):
            if volume.startswith("./"):
                assert (ROOT / volume.split(":")[0]).exists(), volume
        assert "mem_limit" in service
    named = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    assert named == set(re.findall(r"^(\w+)=", (ROOT / "deploy/compose.env").read_text(), re.MULTILINE))


def test_nothing_but_the_proxy_can_be_reached_from_outside(told):
    reachable = {name: service["ports"] for name, service in told["services"].items() if "ports" in service}
    assert set(reachable) == {"proxy", "mail"}
    assert all(port.startswith("127.0.0.1:") for port in reachable["mail"])
    for name in ("db", "elastic", "store"):
        assert told["services"][name]["networks"] == ["inside"]
    assert told["networks"]["inside"]["internal"] is True


def test_secrets_are_made_once_and_kept(tmp_path):
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy" / "make-secrets"
    script.write_text((ROOT / "deploy/make-secrets").read_text())
    for _ in range(2):
        subprocess.run(["sh", str(script)], check=True, capture_output=True, cwd="/")
        found = {each.name: each.read_text() for each in (tmp_path / "secrets").iterdir()}
        known = locals().get("known", found)
        assert found == known
    assert len(set(found.values())) == len(found) == 6
    assert all(len(each) == 64 and each.isalnum() for each in found.values())
    assert all(os.stat(tmp_path / "secrets" / name).st_mode & 0o007 == 0 for name in found)


def test_what_goes_into_the_image_holds_no_secret_and_no_data():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    taken = {line[1:] for line in ignored if line.startswith("!")}
    copied = set(re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert taken == copied
