"""Which passwords are refused, and that the hashing takes its turn."""

from __future__ import annotations

import threading
import time

import pytest

from edms.errors import Invalid
from edms.staff import passwords
from edms.staff.throttle import LIMITS

ABOUT = ["nino.beridze", "გოჩა კვარაცხელია", "ნინო ბერიძე", "Kvemo", "ქვემოს მუნიციპალიტეტი"]

REFUSED = {
    "staff.password_short": ["short", "sevenletters"[:11], ""],
    "staff.password_long": ["ab1" * 100],
    "staff.password_pattern": [
        "aaaaaaaaaaaaaa",
        "abababababab",
        "qwertyuiop12",
        "abcdefghijklm",
        "123456789012",
        "йцукенгшщзхъ",
    ],
    "staff.password_common": [
        "Password2026!",
        "P@ssw0rd2026",
        "administrator1",
        "საქართველო2026",
        "letmein-letmein",
        "gaghtnabar-12",
    ],
    "staff.password_own_name": [
        "NinoBeridze1!",
        "ნინო-ბერიძე-77",
        "kvemo-kvemo-12",
        "beridze_2026_",
        "kvaratskhelia",
        "GochaKvaratsxelia7",
    ],
}
ACCEPTED = [
    "waffle-otter-thirty-bridge",
    "მთვარე დაბლა ჩამოვიდა",
    "лошадь скребёт штору",
    "բարձր սարի տակ գետակ",
    "8472-9381-0235-66",
    "xK3v9mQ2rT7w",
]


@pytest.mark.parametrize(("why", "password"), [(why, p) for why, all_ in REFUSED.items() for p in all_])
def test_a_weak_password_is_refused_with_its_reason(why: str, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check(password, about=ABOUT)
    assert refused.value.fields == {"password": why}


@pytest.mark.parametrize("password", ACCEPTED)
def test_long_and_uncommon_is_enough_in_any_script(password: str) -> None:
    passwords.check(password, about=ABOUT)


def test_generated_passwords_are_accepted_and_differ() -> None:
    made = {passwords.generated() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        passwords.check(password, about=ABOUT)


def test_a_hash_fits_its_password_only_however_the_letters_were_composed() -> None:
    made = passwords.hashed("caf\u00e9 waffle bridge")
    assert made.startswith("$argon2id$")
    assert passwords.matches(made, "cafe\u0301 waffle bridge")
    assert not passwords.matches(made, "cafe waffle bridge")
    assert not passwords.matches("no hash", "cafe waffle bridge")
    assert not passwords.matches(None, "cafe waffle bridge")


def test_an_unknown_login_takes_as_long_as_a_wrong_password() -> None:
    made = passwords.hashed("waffle-otter-thirty")
    passwords.matches(None, "x")

    def quickest(password_hash: str | None) -> float:
        times = []
        for _ in range(5):
            begun = time.thread_time()
            passwords.matches(password_hash, "wrong")
            times.append(time.thread_time() - begun)
        return min(times)

    known, unknown = quickest(made), quickest(None)
    assert 0.5 < known / unknown < 2


def test_no_more_than_four_hashes_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [passwords._places.acquire(blocking=False) for _ in range(passwords.AT_ONCE)]
    assert all(taken)
    assert not passwords._places.acquire(blocking=False)
    waiting = threading.Thread(target=passwords.matches, args=(None, "x"))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    for _ in taken:
        passwords._places.release()
    waiting.join(20)
    assert not waiting.is_alive()


def test_waits_grow_to_their_limit_and_no_further() -> None:
    for limits in LIMITS.values():
        for limit in limits.values():
            waits = [limit.wait(failures) for failures in range(200)]
            assert waits == sorted(waits)
            assert not waits[limit.free - 1]
            assert waits[limit.free] == limit.first
            assert waits[-1] == limit.longest
            assert limit.longest < limit.window
