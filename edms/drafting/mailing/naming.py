"""What the columns of a list and its channels may be called: by their own names and in every language of the pages."""

from __future__ import annotations

from edms import words
from edms.drafting.mailing.reading import COLUMNS, Words
from edms.registry.words import Channel

SENT = (Channel.POST, Channel.COUNTER, Channel.COURIER, Channel.EMAIL)
NOES = frozenset({"", "no", "არა", "ոչ", "нет", "0", "-"})


def words_of() -> Words:
    """All the names, in lower case."""
    heads = {column: column for column in COLUMNS}
    channels = {channel.value: channel for channel in SENT}
    for language in words.LANGS:
        heads |= {words.say(language, f"mailing.column.{column}").lower(): column for column in COLUMNS}
        channels |= {words.say(language, f"registry.channel.{channel.value}").lower(): channel for channel in SENT}
    return Words(heads, channels, NOES)
