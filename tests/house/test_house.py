"""The house's own rules: routes guarded, jobs handled, permissions decided, words complete, migrations equal models."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import edms
from edms.access.permissions import Permission
from edms.access.policy import POLICY
from edms.config import Settings
from edms.db.base import Base
from edms.db.engine import engine_for
from edms.db.migrations.draft import import_models
from edms.db.upgrade import differences
from edms.events import Event
from edms.jobs import Kind
from edms.words import known
from tests.parts import PARTS
from workers.__main__ import HANDLERS

ROOT = Path(edms.__file__).parent.parent
PUBLIC = {"account.sign_in", "account.code", "account.step_up", "account.password", "account.sign_out", "track.page", "track.receipt", "track.key", "track.checkpoint", "bring.page", "verify.page", "founding.page", "arms", "trust.page", "trust.authority", "apply.index", "apply.page", "apply.sent", "proposals.page", "api_public.openapi", "api_public.page", "api_public.tracking_find", "api_public.tracking_receipt", "api_public.tracking_key", "api_public.tracking_checkpoint", "healthz", "readyz", "metrics", "root", "static"}  # fmt: skip
WALL = 300


def sources() -> list[Path]:
    return [p for folder in ("edms", "workers") for p in (ROOT / folder).rglob("*.py") if "versions" not in p.parts]


def test_no_module_is_past_the_wall():
    long = {
        str(p.relative_to(ROOT)): n for p in sources() if (n := len(p.read_text(encoding="utf-8").splitlines())) > WALL
    }
    assert long == {}


def test_every_folder_of_tests_is_run():
    folders = {str(p.parent.relative_to(ROOT)) for p in (ROOT / "tests").rglob("test_*.py")}
    assert {each.rsplit("/test_", 1)[0] for part in PARTS for each in part} == folders


def test_services_never_commit():
    rooms = [p for p in sources() if not {"web", "cli", "demo", "db"} & set(p.parts) and "workers" not in p.parts]
    assert [str(p) for p in rooms if ".commit()" in p.read_text(encoding="utf-8")] == []


def test_functions_import_no_room_of_ours():
    wrong = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith(("edms", "workers")):
                        wrong.append(f"{path.name}:{node.name}")
    assert wrong == []


def test_processes_without_such_a_store_or_engine_never_load_its_library():
    """boto3 costs 22 MiB and half a second, elasticsearch as much: they come when the adapter is built."""
    heavy = ("boto3", "botocore", "elasticsearch", "elastic_transport")
    look = f"import sys, edms.cli, workers.__main__, edms.web.app; print(sorted(set(sys.modules) & set({heavy})))"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"


def test_every_job_kind_has_its_handler():
    assert set(Kind) - set(HANDLERS) == {Kind.RESCUE}


def test_every_permission_is_decided():
    assert set(Permission) == set(POLICY)


def test_every_message_that_is_written_out_has_its_words():
    """In pages, papers and code: an id that nobody wrote a sentence for would stand on the page itself."""
    said = re.compile(r"\b(?:t|say)\(\s*[\"']([a-z_]+(?:\.[a-z0-9_]+)+)[\"'](?!\s*~)")
    files = [*(ROOT / "edms").rglob("*.html"), *(ROOT / "edms").rglob("*.py")]
    unknown = {i: f.name for f in files for i in said.findall(f.read_text(encoding="utf-8")) if not known(i)}
    assert unknown == {}


def test_every_job_kind_has_its_words():
    """A job that stands is named to the administrator on the page of health."""
    assert [kind.value for kind in Kind if not known(f"jobs.kind.{kind.value}")] == []


def test_every_event_has_its_words():
    ids = [f"event.{event.value.replace(':', '_').replace('-', '_')}" for event in Event]
    assert [i for i in ids if not known(i)] == []


def test_every_setting_is_in_the_example():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"EDMS_{name.upper()}=" not in text] == []


def test_migrations_equal_models(database):
    for module in pkgutil.walk_packages(edms.__path__, "edms."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)
    with engine_for(database.owner_url).connect() as connection:
        assert differences(connection, Base.metadata) == []


def test_every_key_of_the_store_is_known_to_the_sweep_of_orphans():
    """A table that keeps a key, and that `kept_keys` does not ask, would lose its bytes after some days."""
    import_models()
    keeping = {
        column.table.name for table in Base.metadata.tables.values() for column in table.c if "store_key" in column.name
    }
    assert keeping == {"content", "rendition"}
