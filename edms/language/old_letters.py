"""Letters of the years before Unicode: which eight-bit code a text is written in, told by how often its letters come.

Russian in three codes, Georgian in two, Armenian in ARMSCII-8. A wrong code turns the usual letters of a language into
rare ones, so the share of usual letters tells; what is none of these is taken for Western European.
"""

from __future__ import annotations

import codecs
import re

_SPACE = re.compile(r"([ \t\n]+)")
_STRANGE = re.compile("[\u0080-\u00ff]{2}")
_PLAIN = re.compile("[A-Za-z]{2}|[\u0370-\u1fff\u2c00-\u2dff]")
_BEYOND = re.compile("[\u0100-\uffff]")
SAMPLE = 20_000
ENOUGH = 0.45

_LOW = [chr(code) for code in range(0x80)]
_CYRILLIC_USUAL = "оеаинтсрвлкмдпу"
_GEORGIAN_USUAL = "აიესრბლდნომთუვ"
_ARMENIAN_USUAL = "անեիրոտւկսմվյլհ"


def _table(letters: dict[int, str]) -> str:
    return "".join([*_LOW, *(letters.get(code, "\ufffd") for code in range(0x80, 0x100))])


def _georgian(order: str) -> str:
    return _table(
        {0xA0: "\u00a0", 0x84: "„", 0x93: "“", 0x96: "–", **{0xC0 + i: letter for i, letter in enumerate(order)}}
    )


def _armenian() -> str:
    signs = {0xA0 + i: sign for i, sign in enumerate("\u00a0\ufffdև։)(»«—.՝,-֊…՜՛՞")} | {0xFE: "՚"}
    signs |= {0xB0: "՛", 0xB1: "՞"}
    letters = {0xB2 + 2 * i: chr(0x531 + i) for i in range(38)} | {0xB3 + 2 * i: chr(0x561 + i) for i in range(38)}
    return _table(signs | letters)


CODES: dict[str, tuple[str, str]] = {
    "cp1251": ("", _CYRILLIC_USUAL),
    "koi8-r": ("", _CYRILLIC_USUAL),
    "cp866": ("", _CYRILLIC_USUAL),
    "georgian-ps": (_georgian("აბგდევზჱთიკლმნჲოპჟრსტჳუფქღყშჩცძწჭხჴჯჰჵ"), _GEORGIAN_USUAL),
    "georgian-academy": (_georgian("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶ"), _GEORGIAN_USUAL),
    "armscii-8": (_armenian(), _ARMENIAN_USUAL),
}
"""Name of a code: its table where the language has none, and the letters that make up most of a text in it."""


def likeliest(whole: bytes) -> str:
    """The letters of eight-bit text in the code that makes most sense of it."""
    sample = whole[:SAMPLE]
    sense, name = max((_sense(_read(sample, name), usual), name) for name, (_, usual) in CODES.items())
    return _read(whole, name if sense >= ENOUGH else "cp1252")


def _read(whole: bytes, name: str) -> str:
    table = CODES.get(name, ("", ""))[0]
    return codecs.charmap_decode(whole, "replace", table)[0] if table else whole.decode(name, "replace")


def _sense(text: str, usual: str) -> float:
    """The share of usual small letters among all that is beyond ASCII."""
    foreign = [letter for letter in text if ord(letter) > 127]
    return sum(letter in usual for letter in foreign) / len(foreign) if foreign else 0.0


def readable(text: str) -> str:
    """The text with those words made readable that were copied out of an old program or a wrong reading of UTF-8.

    Such a word has hardly a letter of ASCII; of what it may be, the code counts that makes most sense of all of them.
    """
    words = _SPACE.split(text)
    strange = [word for word in words if _STRANGE.search(word) and not _PLAIN.search(word)]
    if not strange:
        return text
    try:
        whole = " ".join(strange).encode("cp1252" if _BEYOND.search("".join(strange)) else "latin-1")
    except UnicodeEncodeError:
        return text
    try:
        read = whole.decode("utf-8")
    except UnicodeDecodeError:
        read = likeliest(whole)
    meant = dict(zip(strange, read.split(" "), strict=True)) if read.count(" ") == len(strange) - 1 else {}
    return "".join(meant.get(word, word) for word in words)
