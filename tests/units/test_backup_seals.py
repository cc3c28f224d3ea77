"""Seals: a set or a list that somebody changed who has the backup folder, with all keys that lie in it, is found."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from edms.backup import destroyed, seals, sets
from edms.backup.seals import Seals
from edms.backup.sets import BackupSet, Manifest
from edms.errors import Corrupt, Invalid, RuleBroken
from edms.retention.gone import GoneCase, GoneLetter

CASE = GoneCase(
    leaf="aa" * 32, organisation="kvemo", act="7/2026", act_on=date(2026, 1, 5), ground="ოქმი №1\u2028(ბ)", authority=None,
    approved_at=datetime(2026, 1, 5, 8, tzinfo=UTC), case_file_id=3, index="12-05", year=2020, volume=1,
    until=date(2025, 12, 31), sheets=4, destroyed_at=datetime(2026, 2, 9, 8, tzinfo=UTC),
    letters=(GoneLetter(11, "1/12-05", date(2020, 11, 2)),),
)  # fmt: skip


@pytest.fixture
def sealer(tmp_path: Path) -> seals.Sealer:
    return seals.sealer(tmp_path / "seal.pem")


@pytest.fixture
def made(tmp_path: Path, sealer: seals.Sealer) -> BackupSet:
    part = tmp_path / "disk" / "sets" / "20261127T020000000000Z.part"
    part.mkdir(parents=True)
    manifest = Manifest(datetime(2026, 11, 27, 2, tzinfo=UTC), "1", 0, 0, 0, "", {})
    return sets.complete(part, part.with_suffix(""), manifest, sealer)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> list[GoneCase]:
    """What the database knows as destroyed."""
    cases: list[GoneCase] = [CASE]
    monkeypatch.setattr(destroyed.gone, "cases", lambda _, told: (each for each in cases if each.leaf not in told))
    monkeypatch.setattr(destroyed.gone, "leaves", lambda _: {each.leaf: 1 for each in cases})
    return cases


def test_a_set_is_known_by_its_seal_and_nobody_elses(made: BackupSet, sealer: seals.Sealer, tmp_path: Path) -> None:
    made.require_seal(sealer.seals)
    written = tmp_path / "written-down"
    written.write_text(sealer.public + "\n")
    for given in (sealer.public, str(written)):
        made.require_seal(seals.seals([given], tmp_path / "none.pem"))
    made.require_seal(seals.seals([], tmp_path / "seal.pem"))
    with pytest.raises(RuleBroken, match="seal_key_needed"):
        made.require_seal(seals.seals([], tmp_path / "none.pem"))
    with pytest.raises(Corrupt, match="seal_broken"):
        made.require_seal(seals.sealer(tmp_path / "another.pem").seals)
    with pytest.raises(Invalid):
        seals.seals(["no key"], tmp_path / "none.pem")


def test_a_changed_manifest_and_a_missing_seal_are_found(made: BackupSet, sealer: seals.Sealer, tmp_path: Path) -> None:
    manifest = made.folder / sets.MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "documents": 5}))
    with pytest.raises(Corrupt, match="seal_broken"):
        sets.set_of(tmp_path / "disk").require_seal(sealer.seals)
    (made.folder / sets.SEAL).unlink()
    with pytest.raises(RuleBroken, match="not_sealed"):
        sets.set_of(tmp_path / "disk").require_seal(sealer.seals)


def test_a_key_that_others_read_is_refused(sealer: seals.Sealer, tmp_path: Path) -> None:
    assert (tmp_path / "seal.pem").stat().st_mode & 0o777 == 0o600
    (tmp_path / "seal.pem").chmod(0o644)
    with pytest.raises(RuleBroken):
        seals.sealer(tmp_path / "seal.pem")


def noted(root: Path, sealer: seals.Sealer) -> Path:
    destroyed.note(root, sealer, nullcontext)  # type: ignore[arg-type]
    return root / destroyed.name_of(sealer.ident)


def test_the_list_grows_by_what_is_new_and_gives_it_back(known, sealer, tmp_path: Path) -> None:
    path = noted(tmp_path, sealer)
    known.append(replace(CASE, leaf="bb" * 32, authority="წერილი №4"))
    first = path.read_bytes()
    noted(tmp_path, sealer)
    noted(tmp_path, sealer)
    assert path.read_bytes().startswith(first) and path.read_bytes().count(b"\n") == 2
    assert destroyed.read(path, sealer.seals) == known == destroyed.given([tmp_path], sealer.seals)
    assert destroyed.missing(tmp_path, sealer, nullcontext) == 0


def test_a_line_that_a_death_left_half_is_written_again(known, sealer, tmp_path: Path) -> None:
    path = noted(tmp_path, sealer)
    whole = path.read_bytes()
    for length in (0, 1, 40, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert destroyed.read(path, sealer.seals) == []
        noted(tmp_path, sealer)
        assert destroyed.read(path, sealer.seals) == known


def _changed(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b"12-05", b"12-06"), lines[2]]


@pytest.mark.parametrize(
    "tamper",
    [
        _changed,
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [lines[0], lines[0], lines[1], lines[2]],
        lambda lines: lines[1:],
        lambda lines: [*lines, b"AAAA {}\n"],
    ],
)
def test_a_list_that_somebody_changed_is_refused_and_written_anew(tamper, known, sealer, tmp_path: Path) -> None:
    known += [replace(CASE, leaf="bb" * 32), replace(CASE, leaf="cc" * 32)]
    path = noted(tmp_path, sealer)
    path.write_bytes(b"".join(tamper(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises((Corrupt, RuleBroken)):
        destroyed.read(path, sealer.seals)
    assert destroyed.missing(tmp_path, sealer, nullcontext) == 3
    noted(tmp_path, sealer)
    assert destroyed.read(path, sealer.seals) == known
    assert len(list(tmp_path.glob(f"{path.name}.changed-*"))) == 1


def test_another_keys_list_is_not_believed_but_by_somebody_who_says_so(known, sealer, tmp_path: Path) -> None:
    path = noted(tmp_path, sealer)
    with pytest.raises(RuleBroken, match="list_of_other_key"):
        destroyed.read(path, Seals(()))
    assert destroyed.read(path, None) == known


def test_a_list_shorter_than_a_set_knows_is_refused(known, sealer, tmp_path: Path) -> None:
    root = tmp_path / "disk"
    path = noted(root, sealer)
    part = root / "sets" / "20261127T020000000000Z.part"
    part.mkdir(parents=True)
    manifest = Manifest(
        datetime(2026, 11, 27, 2, tzinfo=UTC), "1", 0, 0, 0, "", {}, destroyed_list=path.name, destroyed=1
    )
    found = sets.complete(part, part.with_suffix(""), manifest, sealer)
    assert destroyed.beside(found, sealer.seals) == known
    for spoil in (lambda: path.write_bytes(b""), path.unlink):
        spoil()
        with pytest.raises(Corrupt, match="list_short"):
            destroyed.beside(found, sealer.seals)


def test_beside_an_old_set_there_is_no_list(made: BackupSet, sealer: seals.Sealer) -> None:
    assert destroyed.beside(made, sealer.seals) is None
