"""A backup set that somebody tampered with: only plain files that it names are read, and nothing else is touched."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from edms import clock
from edms.backup import plain, restoring, sets
from edms.backup.sets import BackupSet, Manifest
from edms.errors import Conflict, Corrupt

SECRET = b"the ledger's key"


@pytest.fixture
def found(tmp_path: Path) -> BackupSet:
    """A complete set with one key."""
    part = tmp_path / "to" / "sets" / "20261127T020000000000Z.part"
    (part / "keys" / "keys" / "deep").mkdir(parents=True)
    (part / "database.dump").write_bytes(b"dump")
    (part / "contents.list").write_text("")
    (part / "keys" / "keys" / "deep" / "ledger.pem").write_bytes(SECRET)
    files = {
        p.relative_to(part).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in part.rglob("*") if p.is_file()
    }  # fmt: skip
    manifest = Manifest(clock.now(), "1", 0, 0, 0, "", files)
    return sets.complete(part, part.with_suffix(""), manifest)


def _targets(tmp_path: Path) -> dict[str, Path]:
    return {"keys": tmp_path / "house" / "keys"}


def _outside(tmp_path: Path) -> Path:
    path = tmp_path / "shadow"
    path.write_bytes(b"root:secret")
    return path


def _link(here: BackupSet, tmp_path: Path) -> None:
    (here.folder / "keys" / "keys" / "service.key").symlink_to(_outside(tmp_path))


def _link_in_place_of_a_named_one(here: BackupSet, tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    twin.write_bytes(SECRET)  # even of the right bytes
    named = here.folder / "keys" / "keys" / "deep" / "ledger.pem"
    named.unlink()
    named.symlink_to(twin)


def _linked_folder(here: BackupSet, tmp_path: Path) -> None:
    _outside(tmp_path)
    (here.folder / "keys" / "more").symlink_to(tmp_path, target_is_directory=True)


def _linked_dump(here: BackupSet, tmp_path: Path) -> None:
    (here.folder / "database.dump").unlink()
    (here.folder / "database.dump").symlink_to(_outside(tmp_path))


def _pipe(here: BackupSet, tmp_path: Path) -> None:
    os.mkfifo(here.folder / "keys" / "keys" / "pipe")


def _deep(here: BackupSet, tmp_path: Path) -> None:
    (here.folder / "keys" / "keys" / "/".join("d" * 9)).mkdir(parents=True)


def _unnamed(here: BackupSet, tmp_path: Path) -> None:
    (here.folder / "keys" / "keys" / "service.key").write_bytes(b"another's")


@pytest.mark.parametrize(
    "tamper", [_link, _link_in_place_of_a_named_one, _linked_folder, _linked_dump, _pipe, _deep, _unnamed]
)
def test_what_is_no_plain_file_of_the_set_is_refused_and_nothing_is_put_back(tamper, found, tmp_path) -> None:
    tamper(found, tmp_path)
    with pytest.raises(Corrupt):
        found.check()
    with pytest.raises(Corrupt):
        restoring.restore_keys(found, _targets(tmp_path))
        found.check()  # what is beside the keys is the check's affair; it comes first
    assert not (tmp_path / "house" / "keys" / "service.key").exists()


def test_a_key_without_end_and_a_manifest_that_is_a_link_are_refused(found: BackupSet, tmp_path: Path) -> None:
    named = found.folder / "keys" / "keys" / "deep" / "ledger.pem"
    with named.open("wb") as file:
        file.truncate(restoring.LARGEST_KEY + 1)
    with pytest.raises(Corrupt, match="too_large"):
        restoring.restore_keys(found, _targets(tmp_path))
    (found.folder / "manifest.json").rename(tmp_path / "manifest.json")
    (found.folder / "manifest.json").symlink_to(tmp_path / "manifest.json")
    with pytest.raises(Corrupt):
        sets.set_of(found.folder.parent.parent)
    with pytest.raises(Corrupt):
        plain.read(Path("/dev/zero"), 10)


def test_keys_come_back_whole_for_the_service_alone_and_again(found: BackupSet, tmp_path: Path) -> None:
    for _ in range(2):
        restoring.restore_keys(found, _targets(tmp_path))
    place = tmp_path / "house" / "keys" / "deep" / "ledger.pem"
    assert place.read_bytes() == SECRET and place.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in place.parent.iterdir()] == ["ledger.pem"]
    place.write_bytes(b"another house's")
    with pytest.raises(Conflict):
        restoring.restore_keys(found, _targets(tmp_path))
    assert place.read_bytes() == b"another house's"
