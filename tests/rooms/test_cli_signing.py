"""edms signing: what is listed is tried and told, without any PIN; what fails is named, and the command says so."""

from __future__ import annotations

import json

from click.testing import CliRunner

from edms.cli import main
from tests import signers


def run(tmp_path, *words: str, listing: str = ""):
    path = tmp_path / "devices.toml"
    path.write_text(listing, encoding="utf-8")
    settings = {"EDMS_DATA_DIR": str(tmp_path), "EDMS_SIGNING_DEVICES": str(path)}
    return CliRunner(env=settings).invoke(main, ["signing", *words])


def test_devices_are_tried_and_a_silent_one_is_named(tmp_path) -> None:
    assert "keys in files" in run(tmp_path, "devices").output
    with signers.own_service() as (_, service):
        told = f'[service.own]\nurl = "{service.url}"\nversion = "v2"\nsecret_file = "{service.secret_file}"\n'
        well = run(tmp_path, "devices", "--json", listing=told)
        assert well.exit_code == 0 and json.loads(well.stdout)[0]["found"] == ["Own (2.0.0.2)"]
        ill = run(tmp_path, "devices", listing=told + f'[token.none]\nlibrary = "{tmp_path}/none.so"\n')
    assert ill.exit_code == 4 and "none.so" in ill.output and "bearer-secret" not in ill.output
    assert run(tmp_path, "devices", listing="[service.x]\n").exit_code == 1


def test_tokens_in_their_readers_are_told_by_name(tmp_path) -> None:
    told = run(tmp_path, "devices", listing=f'[token.hall]\nlibrary = "{signers.softhsm()}"\n')
    assert told.exit_code == 0 and "mayor card [" in told.output
