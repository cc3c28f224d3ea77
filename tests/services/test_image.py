"""The image as it is built from the Dockerfile, its processes at work in it, and the compose file read by compose itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from edms.db.roles import APP, OWNER
from tests.services import compose, image, postgres_server, s3_servers
from tests.services.postgres_server import Postgres
from tests.services.s3_servers import free_port

pytestmark = [pytest.mark.services, pytest.mark.image, pytest.mark.timeout(600)]
ROOT = Path(__file__).parents[2]
USER = 10001


@pytest.fixture(scope="module")
def container() -> Iterator[image.Container]:
    if lacking := image.missing():
        pytest.skip(f"NOT PROVED: the image: {lacking}")
    if image.buildah("inspect", "--type", "image", image.IMAGE, check=False).returncode != 0:
        pytest.skip("NOT PROVED: the image is not built; make test-image builds it")
    made = image.Container()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[dict]:
    """A database and a bucket that others run; what the image is told of them, and its volumes."""
    if lacking := postgres_server.missing():
        pytest.skip(f"NOT PROVED: the image: {lacking}")
    folder = tmp_path_factory.mktemp("image")
    for each in (folder, *list(folder.parents)[:2]):
        each.chmod(0o711)
    postgres = Postgres(folder / "postgres")
    postgres.prepare()
    with s3_servers.running("versitygw") as bucket:
        for name in ("data", "keys", "secrets"):
            (folder / name).mkdir()
        secrets = {"database_password": postgres.app, "database_owner_password": postgres.owner, "s3_secret_key": bucket.secret}  # fmt: skip
        for name, secret in secrets.items():
            (folder / "secrets" / name).write_text(secret)
            (folder / "secrets" / name).chmod(0o440)
        for path in (folder / "data", folder / "keys", folder / "secrets", *(folder / "secrets").iterdir()):
            os.chown(path, USER, USER)
        port = free_port()
        environ = {
            "EDMS_DATABASE_URL": postgres.url(APP), "EDMS_DATABASE_OWNER_URL": postgres.url(OWNER), "EDMS_STORE": "s3",
            "EDMS_S3_BUCKET": "edms", "EDMS_S3_ENDPOINT": bucket.endpoint, "EDMS_S3_ACCESS_KEY": bucket.access,
            "EDMS_LISTEN": f"127.0.0.1:{port}", "EDMS_SECURE_COOKIES": "false",
            **{f"EDMS_{name.upper()}_FILE": f"/run/secrets/{name}" for name in secrets},
        }  # fmt: skip
        volumes = {
            folder / "data": "/var/lib/edms",
            folder / "keys": "/var/lib/edms-keys",
            folder / "secrets": "/run/secrets",
        }
        yield {"environ": environ, "volumes": volumes, "port": port, "folder": folder, "postgres": postgres}
    postgres.kill()


@contextmanager
def running(container: image.Container, place: dict, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the image, ended at the end as a container is: asked first."""
    call = container.call("edms", *words, environ=place["environ"], volumes=place["volumes"])
    with (place["folder"] / f"{words[0]}.log").open("ab") as log:
        process = subprocess.Popen(call, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_the_image_has_what_the_service_needs_and_nothing_to_build_with(container):
    who = container.run("python", "-c", "import os; print(os.getuid(), os.getgid())")
    assert who.stdout.split() == [str(USER), str(USER)], who.stderr
    for program in ("gcc", "cc", "make", "pip", "git", "node"):
        assert container.run("sh", "-c", f"command -v {program}").stdout == "", program
    assert container.run("python", "-c", "import pip").returncode != 0
    refused = container.run("sh", "-c", "touch /srv/edms/edms/x /srv/edms/.venv/bin/x /etc/x")
    assert refused.returncode != 0
    names = subprocess.run(
        ["find", str(container.folder), "-xdev", "(", "-name", ".env", "-o", "-name", "*.key", "-o", "-name", ".git", ")", "-not", "-path", "*/site-packages/*"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert names.stdout == ""
    config = json.loads(image.buildah("inspect", "--type", "image", image.IMAGE).stdout)["Docker"]["config"]
    assert config["User"] == f"{USER}:{USER}"
    assert config["Entrypoint"] == ["edms"]
    assert "readyz" in " ".join(config["Healthcheck"]["Test"])


def test_set_up_serve_work_and_say_how_it_is(container, place):
    told = {"environ": place["environ"], "volumes": place["volumes"]}
    for words, said in (
        (("storage", "make-bucket"), "was made"), (("storage", "make-bucket"), "is there"),
        (("setup", "--code", "mytown", "--name", "ka=ჩემი ქალაქი", "--admin", "giorgi", "--admin-name", "ka=გიორგი"), "Password"),
    ):  # fmt: skip
        done = container.run("edms", *words, **told)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        assert said in done.stdout
    began = time.monotonic()
    address = f"http://127.0.0.1:{place['port']}"
    with running(container, place, "serve", "--workers", "0"), running(container, place, "worker"):
        while True:
            try:
                if requests.get(f"{address}/readyz", timeout=5).status_code == 200:
                    break
            except requests.RequestException:
                time.sleep(0.1)
            assert time.monotonic() - began < 120, (place["folder"] / "serve.log").read_text()[-3000:]
        print(f"ready {time.monotonic() - began:.1f} s after its start")
        assert "ჩემი ქალაქი" in requests.get(f"{address}/track", headers={"Accept-Language": "ka"}, timeout=20).text
        check = json.loads(image.buildah("inspect", "--type", "image", image.IMAGE).stdout)["Docker"]["config"][
            "Healthcheck"
        ]["Test"][1:]
        healthy = [word.replace("127.0.0.1:8080", f"127.0.0.1:{place['port']}") for word in check]
        assert container.run(*healthy, **told).returncode == 0
        end = time.monotonic() + 60
        while time.monotonic() < end:  # a worker is there: it makes the rounds
            with place["postgres"].connect() as line:
                if line.execute("SELECT count(*) FROM procrastinate_workers").fetchone() != (0,):
                    break
            time.sleep(0.5)
        else:
            pytest.fail((place["folder"] / "worker.log").read_text()[-3000:])
        looked = container.run("edms", "doctor", "--json", **told)
        rows = {row["what"]: row for row in json.loads(looked.stdout)}
        assert [row for row in rows.values() if row["state"] == "missing"] == []
        for what in ("database", "wall", "ocr", "fonts", "sandbox", "keys", "clock"):
            assert rows[what]["state"] == "fine", rows[what]
    assert container.run(*healthy, **told).returncode != 0, "it tells when nobody serves"


WORD_LETTER = """
import io, docx, pypdfium2
from edms.drafting.paper import word
made = docx.Document()
made.add_paragraph("{{ text }}")
packed = io.BytesIO()
made.save(packed)
printed = word.printed(word.filled(packed.getvalue(), {"text": "სახურავის შეკეთების შესახებ"})).pdf
print(printed[:5].decode(), pypdfium2.PdfDocument(printed)[0].get_textpage().get_text_range())
"""


def test_with_libreoffice_it_prints_a_letter_of_word(container):
    """`container` is asked for what it skips for."""
    if image.buildah("inspect", "--type", "image", image.OFFICE_IMAGE, check=False).returncode != 0:
        pytest.skip("NOT PROVED: the image with LibreOffice is not built; make test-image builds it")
    office = image.Container(image.OFFICE_IMAGE)
    try:
        done = office.run("python", "-c", WORD_LETTER)
        assert done.stdout.startswith("%PDF-"), done.stderr
        assert "სახურავის შეკეთების შესახებ" in done.stdout
        refused = container.run("python", "-c", WORD_LETTER)
        assert "paper.word_no_converter" in refused.stderr, "without it it is said"
    finally:
        office.remove()


def test_compose_itself_takes_the_file():
    if lacking := compose.missing():
        pytest.skip(f"NOT PROVED: docker-compose.yml: {lacking}")
    call = [str(compose.PROGRAM), "--env-file", "deploy/compose.env", "--profile", "try", "config", "--format", "json"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert "is not set" not in done.stderr
    assert read["services"]["web"]["environment"]["EDMS_PUBLIC_URL"] == "https://records.mytown.ge"
    assert read["services"]["web"]["deploy"]["replicas"] == 2
    without = subprocess.run(
        [*call[:1], "config", "-q"], cwd=ROOT, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}
    )
    assert without.returncode != 0, "no name, no service"
    assert "the name under which" in without.stderr
