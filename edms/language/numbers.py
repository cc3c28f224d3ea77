"""Numbers as offices write them, `12-05/417`, `№5-ში`, `8-Ն`, `ბ39.39211234`, and the parts one may look for."""

from __future__ import annotations

import re
from functools import lru_cache

from edms.language.normal import INVISIBLE, normalise

DASHES = "\\-\u2010-\u2015\u2212"
# Endings that are written after a hyphen on numbers and abbreviations, with the letters that ordinals get.
_ENDINGS = """
    ი ს ის ისა ით ად მა თა ზე ში ზეც შიც თან სთან დან იდან მდე ამდე თვის სთვის ისთვის სათვის გან სგან ისგან კენ სკენ
    ისკენ ე ც ვე ჯერ წლის წ
    ի ին ից ով ում ը ն ու րդ ական ականի ականին ականներ թ
    го й я е ый ий ая ое ого его му ому ему м ом ем х ых ти ми ю ую г
    st nd rd th s
"""
ENDINGS = frozenset(_ENDINGS.split())
_DASH = re.compile(f"[{DASHES}]")
_PART = re.compile(r"([./-])")
_DIGITS_IN = re.compile(r"\d+")
_HIDDEN = re.compile(f"[{INVISIBLE}]")
_FULL_PARTS = 4  # up to so many parts every run of neighbours is a name of the number


@lru_cache(maxsize=16384)
def names(surface: str) -> tuple[str, ...]:
    """What the number answers to, the number itself first: without a case ending, with it, its parts and their runs.

    `12-05/0417` answers to 12-05/0417, 12-05, 05/0417, 12, 05, 0417 and 417.
    """
    pieces = _PART.split(_DASH.sub("-", surface.replace("\\", "/")))
    small = pieces[-1] == pieces[-1].lower()
    parts = [normalise(_HIDDEN.sub("", part)) for part in pieces[::2]]
    joints = [*pieces[1::2], ""]
    whole = _join(parts, joints)
    if len(parts) > 1 and joints[-2] == "-" and small and parts[-1] in ENDINGS:  # `8-Ն` is a kind of act, `8-ն` a case
        parts, joints = parts[:-1], [*joints[:-2], ""]
    found = [_join(parts, joints), whole, *_runs(parts, joints)]
    for part in parts:
        digits = _DIGITS_IN.findall(part)
        found += digits if len(digits) == 1 else []
        found += [digits[0].lstrip("0")] if digits == [part] and len(part) > 2 else []
    return tuple(dict.fromkeys(name for name in found if name))


def _join(parts: list[str], joints: list[str]) -> str:
    """The parts with the joint after each but the last."""
    return "".join(part + joint for part, joint in zip(parts, [*joints[: len(parts) - 1], ""], strict=True))


def _runs(parts: list[str], joints: list[str]) -> list[str]:
    count = len(parts)
    if count > _FULL_PARTS:
        return [part for part in parts if any(char.isdigit() for char in part)]
    found = [_join(parts[a:b], joints[a:b]) for a in range(count) for b in range(count, a, -1)]
    return [name for name in found if any(char.isdigit() for char in name)]
