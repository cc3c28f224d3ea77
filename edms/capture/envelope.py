"""What the headers of a message say before anybody reads it: who it is from, and whether a machine sent it. Pure.

Read by hand, not parsed: these bytes have not been in the sandbox. Sources: RFC 3834 (automatic responses), RFC 3464
(delivery reports), RFC 2919 and 2369 (lists).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

HEAD = 64 * 1024
"""Bytes of a message that are looked at."""
LONGEST = 200

_FIELD = re.compile(rb"^([!-9;-~]{1,80}):[ \t]*(.*)$", re.DOTALL)
_ADDRESS = re.compile(r"[^\s<>\"(),:;@]{1,64}@[^\s<>\"(),:;@]{1,190}")
_OWN = re.compile(r"<dispatch-\d+@[^<>\s]+>")


def headers(raw: bytes) -> dict[str, str]:
    """The first field of each name, lower case, unfolded; what is not a field is passed over."""
    found: dict[str, str] = {}
    for line in _unfolded(raw[:HEAD]):
        if (field := _FIELD.match(line)) is not None:
            found.setdefault(field[1].decode("ascii").lower(), field[2].decode("utf-8", "replace").strip())
    return found


def sender(fields: Mapping[str, str]) -> str:
    """The address it says it is from, or nothing."""
    found = _ADDRESS.findall(fields.get("from", "")[-2_000:])
    return found[-1][:LONGEST] if found else ""  # the address stands last: a name before it may look like one


def automatic(fields: Mapping[str, str]) -> str | None:
    """Why a registrar need not answer it: the message id of what it is; None for a letter of somebody."""
    if fields.get("content-type", "").lower().startswith("multipart/report"):
        return "mailboxes.delivery_report"
    if _OWN.search(fields.get("message-id", "")):
        return "mailboxes.own_letter"
    if fields.get("auto-submitted", "no").lower().partition(";")[0].strip() != "no":
        return "mailboxes.automatic"
    if "x-autoreply" in fields or "x-autorespond" in fields or fields.get("return-path", "") == "<>":
        return "mailboxes.automatic"
    if fields.get("precedence", "").lower() == "auto_reply":
        return "mailboxes.automatic"
    if "list-id" in fields or fields.get("precedence", "").lower() in ("bulk", "junk", "list"):
        return "mailboxes.list"
    return None


def _unfolded(head: bytes) -> list[bytes]:
    lines: list[bytes] = []
    for line in head.replace(b"\r\n", b"\n").split(b"\n"):
        if not line:
            break
        if line[:1] in b" \t" and lines:
            lines[-1] = (lines[-1] + b" " + line.strip())[:8_192]
        else:
            lines.append(line)
    return lines
