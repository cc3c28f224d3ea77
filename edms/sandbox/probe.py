"""Tries the walls from inside: `edms doctor` and the first piece of work ask whether they hold on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

AN_ADDRESS = ("192.0.2.1", 9)
"""TEST-NET-1 (RFC 5737): belongs to nobody."""


def try_to_get_out(_inputs: list[Path], _folder: Path) -> Iterator[dict[str, Any]]:
    """Say whether a datagram could be addressed to the outside; a namespace has no route, a filter no socket."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.connect(AN_ADDRESS)
    except OSError:
        yield {"reached": False}
    else:
        yield {"reached": True}
