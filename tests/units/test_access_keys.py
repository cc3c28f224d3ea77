"""The service's own key: made once, readable by nobody else, one key for each purpose."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edms.access import keys
from edms.errors import Corrupt, Unavailable


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = keys.create(tmp_path / "keys")
    again = keys.create(tmp_path / "keys")
    assert first.derived("a") == again.derived("a") == keys.load(tmp_path / "keys").derived("a")
    assert first.derived("a") != first.derived("b")


def test_many_starting_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: keys.create(tmp_path / "keys").derived("a"), range(16)))
    assert len(set(made)) == 1
    assert os.listdir(tmp_path / "keys") == [keys.FILE]


def test_only_the_service_can_read_it(tmp_path: Path) -> None:
    keys.create(tmp_path)
    assert (tmp_path / keys.FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / keys.FILE).chmod(0o640)
    with pytest.raises(Corrupt, match=r"access\.key_readable_by_others"):
        keys.load(tmp_path)


def test_no_key_and_a_cut_key_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"access\.key_missing"):
        keys.load(tmp_path)
    keys.create(tmp_path)
    (tmp_path / keys.FILE).write_bytes(b"short")
    with pytest.raises(Corrupt, match=r"access\.key_wrong_length"):
        keys.load(tmp_path)


def test_sealed_bytes_open_only_for_what_they_are_about() -> None:
    own, other = keys.Keys(b"k" * 32), keys.Keys(b"x" * 32)
    sealed = own.seal(b"secret", about="17")
    assert own.unseal(sealed, about="17") == b"secret"
    assert own.seal(b"secret", about="17") != sealed
    for key, about, bytes_ in ((own, "18", sealed), (other, "17", sealed), (own, "17", sealed[:-1]), (own, "17", b"")):
        with pytest.raises(Corrupt, match=r"access\.seal_broken"):
            key.unseal(bytes_, about=about)


def test_fingerprints_differ_by_key_and_by_where_the_parts_are_cut() -> None:
    own = keys.Keys(b"k" * 32)
    assert own.fingerprint("a", "bc") == own.fingerprint("a", "bc")
    assert (
        len({own.fingerprint("a", "bc"), own.fingerprint("ab", "c"), keys.Keys(b"x" * 32).fingerprint("a", "bc")}) == 3
    )
