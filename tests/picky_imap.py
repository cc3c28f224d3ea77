"""A small IMAP server that answers BAD or NO to what is asked of single messages, as servers with a damaged file do."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Box:
    """What lies in INBOX by uid, what was moved where, and what is answered to a command about a message instead."""

    messages: dict[int, bytes]
    refusals: dict[tuple[str, int], str] = field(default_factory=dict)  # ("FETCH", 2): "BAD stumbled"
    moved: dict[int, str] = field(default_factory=dict)
    port: int = 0


@contextmanager
def server(box: Box) -> Iterator[Box]:
    """The server on a free port of the loopback, until the block ends."""

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say(b"* OK ready")
            for line in self.rfile:
                tag, _, asked = line.decode().strip().partition(" ")
                command, _, rest = asked.partition(" ")
                if command == "UID":
                    command, _, rest = rest.partition(" ")
                self._say(f"{tag} {self._answer(command.upper(), rest)}".encode())
                if command.upper() == "LOGOUT":
                    return

        def _answer(self, command: str, rest: str) -> str:
            number = re.match(r"\d+", rest)
            if number and (refusal := box.refusals.get((command, int(number[0])))):
                return refusal
            if command == "CAPABILITY":
                self._say(b"* CAPABILITY IMAP4rev1 MOVE")
            elif command == "LOGOUT":
                self._say(b"* BYE")
            elif command == "LIST":
                self._say(f'* LIST () "/" {rest.split()[-1]}'.encode())
            elif command == "STATUS":
                self._say(b'* STATUS "INBOX" (MESSAGES 1 UIDVALIDITY 7)')
            elif command == "SELECT":
                self._say(f"* {len(box.messages)} EXISTS".encode())
            elif command == "SEARCH":
                self._say(" ".join(["* SEARCH", *map(str, sorted(box.messages))]).encode())
            elif command == "FETCH" and number:
                self._give(int(number[0]), sizes="SIZE" in rest)
            elif command == "MOVE" and number:
                box.moved[int(number[0])] = rest.split()[-1].strip('"')
                del box.messages[int(number[0])]
            return "OK done"

        def _give(self, uid: int, *, sizes: bool) -> None:
            raw = box.messages[uid]
            if sizes:
                self._say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)})".encode())
            else:
                self._say(f"* {uid} FETCH (UID {uid} BODY[] {{{len(raw)}}}".encode() + b"\r\n" + raw + b")")

        def _say(self, line: bytes) -> None:
            self.wfile.write(line + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as listening:
        listening.daemon_threads = True
        box.port = listening.server_address[1]
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield box
        listening.shutdown()
