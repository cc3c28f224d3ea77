"""Who sends slowly, or takes nothing: cut off and told, and nobody else waits for her. Against a real server."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edms import clock
from edms.demo.running import free_port

THREADS = 2


@contextlib.contextmanager
def server(*, grace: float, rate: int = 8192, pem: Path | None = None) -> Iterator[int]:
    """The small application; its port."""
    port = free_port(0)
    words = [str(port), str(THREADS), str(grace), str(rate), *([str(pem)] if pem else [])]
    process = subprocess.Popen([sys.executable, "-m", "tests.web.patient_server", *words])
    try:
        while True:
            assert process.poll() is None
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def opened(port: int, text: bytes) -> socket.socket:
    """A connection on which this was sent."""
    made = socket.create_connection(("127.0.0.1", port))
    made.sendall(text)
    return made


def heard(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    with contextlib.suppress(OSError):
        while data := connection.recv(65_536):
            parts.append(data)
    return b"".join(parts)


def get(port: int) -> bytes:
    """A quick visitor's answer."""
    return heard(opened(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))


def posted(size: int, *, more: bytes = b"") -> bytes:
    """The headers of a body of that size."""
    return b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + b"Content-Length: %d\r\n\r\n" % size


def test_slow_senders_of_every_kind_keep_nobody_waiting() -> None:
    """Many times more than there are threads: silent ones, half headers, half bodies, large ones that never come."""
    with server(grace=600) as port:
        slow = [opened(port, text) for text in (b"", b"GET / HTTP/1.1\r\nHost:", posted(100) + b"x") for _ in range(8)]
        slow += [opened(port, posted(9_000_000) + b"x" * 300_000) for _ in range(8)]
        slow += [opened(port, posted(10, more=b"Expect: 100-continue\r\n")) for _ in range(4)]
        for _ in range(3):
            assert get(port).endswith(b"served")
        for each in slow:
            each.close()


def test_what_trickles_in_is_cut_off_and_told() -> None:
    with server(grace=2, rate=1 << 30) as port:
        header = opened(port, b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
        bodies = [opened(port, posted(5_000_000) + b"x"), opened(port, posted(5_000_000) + b"x" * 300_000)]
        chunks = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        bodies.append(opened(port, chunks + b"3\r\nabc\r\n"))
        told = [heard(each) for each in bodies]
        assert heard(header) == b""
        for each in told:
            assert each.startswith(b"HTTP/1.1 408") and each.endswith(b"error.too_slow")
        assert get(port).endswith(b"served")


def test_over_tls_what_trickles_in_is_cut_off_and_nothing_goes_in_the_clear(tmp_path: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = clock.now()
    own = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(9))
    pem = tmp_path / "own.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + own.sign(key, SHA256()).public_bytes(Encoding.PEM))
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with server(grace=5, rate=1 << 30, pem=pem) as port:
        begun = opened(port, b"\x16\x03\x01")
        for sent in (b"POST / HT", posted(5_000_000) + b"x", posted(5_000_000) + b"x" * 300_000):
            with context.wrap_socket(socket.create_connection(("127.0.0.1", port))) as slow:
                slow.sendall(sent)
                under = socket.socket(fileno=os.dup(slow.fileno()))
                with under:
                    assert b"HTTP/1.1" not in heard(under)  # what came over the line itself
        assert b"HTTP/1.1" not in heard(begun)
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port))) as quick:
            quick.sendall(posted(400_000) + b"x" * 400_000)
            assert heard(quick).endswith(b"400000 bytes")


def test_what_comes_steadily_is_taken_whole_whatever_its_size() -> None:
    with server(grace=600) as port:
        for size in (0, 10, 256 << 10, (256 << 10) + 1, 3_000_000):
            assert heard(opened(port, posted(size) + b"x" * size)).endswith(b"%d bytes" % size)
        waits = opened(port, posted(5, more=b"Expect: 100-continue\r\n"))
        assert waits.recv(100).startswith(b"HTTP/1.1 100")
        waits.sendall(b"xxxxx")
        assert heard(waits).endswith(b"5 bytes")
        chunks = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert heard(opened(port, chunks + b"3\r\nabc\r\n0\r\n\r\n")).endswith(b"3 bytes")
        twice = opened(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + posted(3) + b"abc")
        assert heard(twice).endswith(b"3 bytes")


def test_who_takes_nothing_of_an_answer_frees_the_thread() -> None:
    with server(grace=600) as port:
        deaf = [opened(port, b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(THREADS)]
        assert get(port).endswith(b"served")  # waits until the first of them is given up
        for each in deaf:
            each.close()
