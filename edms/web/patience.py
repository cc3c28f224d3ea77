"""How long the web server waits for what comes slowly: nobody's line, and nobody's malice, keeps others from being served.

Requests are received by more threads than serve them. A served thread is taken when the headers and the first part of
the body are here; only a large body streams while it is served, and at most half of the threads wait for such. What
comes more slowly than `LOWEST_RATE` is cut off and told so. An answer may take no longer to be taken than its size asks
for at that rate, nor may nothing of it be taken for a minute; and nobody waits for a line that its owner leaves open.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# The mark with which gunicorn's own worker gives a silent connection back to its poller; it has no public name.
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker
from werkzeug.exceptions import RequestTimeout

from edms.staff.throttle import network

GRACE = 30.0  # seconds for the handshake, the headers and the first of the body
LOWEST_RATE = 8 << 10  # bytes a second beyond: 64 kbit/s
AT_ONCE = 256 << 10  # bytes of a body that are received before a thread serves it
RECEIVERS = 48  # threads beside those that serve
SLOW = 2.0  # seconds after which a request that is still being received is a slow one
OF_ONE = RECEIVERS // 2  # slow requests of one address; a proxy of ours brings everybody's
SILENT_READER = 60_000  # milliseconds in which nothing of an answer was taken
PIECE = 64 << 10  # bytes of an answer that are given at once
LINGER = 2.0  # seconds in which the other side may close too: a line cut before would lose the end of its answer
LINGERING = 256  # lines at most that wait for that
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Arrival:
    """A request that is being received."""

    def __init__(self, connection: TConn) -> None:
        self._connection = connection
        self.who = network(connection.client[0]) if isinstance(connection.client, tuple) else ""
        self._begun, self._waits_since = time.monotonic(), 0.0
        self.received, self.here, self.cut = 0, False, False

    def look(self, now: float) -> None:
        """Cut it off if it takes longer than it may."""
        if self.slow(now) and now - self._begun >= GRACE + self.received / LOWEST_RATE:
            self.end()

    def slow(self, now: float) -> bool:
        """Is it still being received, and for longer than most need?"""
        return not (self.here or self.cut or self._waits_since) and now - self._begun > SLOW

    def end(self) -> None:
        """Cut it off; what reads from it then finds its end."""
        self.cut = True
        with contextlib.suppress(OSError):  # it has just gone
            # Not the socket's own: that of TLS would forget its keys, and what is still told would go in the clear. A TLS
            # line that ends in the midst of a record is over for both sides: she is cut off without a word.
            line = self._connection.sock
            socket.socket.shutdown(line.line if isinstance(line, Answer) else line, socket.SHUT_RD)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Meanwhile we make it wait: this time is not its own."""
        self._waits_since = time.monotonic()
        try:
            yield
        finally:
            self._begun += time.monotonic() - self._waits_since
            self._waits_since = 0.0


class Reader:
    """The bytes of a body as they come, for gunicorn's Body: counted, and the first of them held."""

    def __init__(self, reader: Any, arrival: Arrival) -> None:
        self._reader, self._arrival, self._held = reader, arrival, b""

    def hold(self, most: int) -> None:
        """Receive the first `most` bytes, or all; what is wrong with them is told to whoever reads."""
        parts, size = [], 0
        with contextlib.suppress(RequestTimeout):
            while size < most and (data := self._receive(most - size)):
                parts.append(data)
                size += len(data)
        self._held = b"".join(parts)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end. Errors: RequestTimeout when it was cut off."""
        if self._held:
            data, self._held = self._held[:size], self._held[size:]
            return data
        return self._receive(size)

    def _receive(self, size: int) -> bytes:
        if self._arrival.here:
            return b""
        try:
            data: bytes = self._reader.read(size)
        except Exception:
            if self._arrival.cut:
                raise RequestTimeout from None
            raise
        if not data and self._arrival.cut:
            raise RequestTimeout
        self._arrival.received += len(data)
        self._arrival.here = not data or getattr(self._reader, "length", None) == 0
        return data


class Answer:
    """A line on which an answer is taken, to gunicorn its socket: counted, as are the seconds that giving it took.

    Only those count in which we wait for the reader, not those in which the answer is made.
    """

    def __init__(self, line: Any) -> None:
        self.line, self.cut = line, False
        self._given, self._waited, self._waits_since = 0, 0.0, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.line, name)

    def look(self, now: float) -> None:
        """Cut it off if the reader takes it more slowly than she may; whoever writes then finds its end."""
        since = self._waits_since
        if self.cut or not since or self._waited + now - since < GRACE + self._given / LOWEST_RATE:
            return
        self.cut = True
        with contextlib.suppress(OSError):  # it has just gone
            socket.socket.shutdown(self.line, socket.SHUT_RDWR)

    def sendall(self, data: Any) -> None:
        """As a socket's, piece by piece. Errors: OSError once it was cut off."""
        whole = memoryview(data)
        for at in range(0, len(whole), PIECE):
            piece = whole[at : at + PIECE]
            with self._giving(len(piece)):
                self.line.sendall(piece)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """As a socket's, piece by piece. Errors: OSError once it was cut off."""
        sent = 0
        while count is None or sent < count:
            size = PIECE if count is None else min(PIECE, count - sent)
            with self._giving(size):
                taken = self.line.sendfile(file, offset + sent, size)
            if not taken:
                break
            sent += taken
        return sent

    @contextlib.contextmanager
    def _giving(self, size: int) -> Iterator[None]:
        self._waits_since = begun = time.monotonic()
        try:
            yield
        finally:
            self._waits_since = 0.0
            self._waited += time.monotonic() - begun
        self._given += size


class Worker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's threaded worker, receiving apart from serving."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[TConn, Arrival] = {}
        self._answered: dict[TConn, Answer] = {}
        self._lingering: deque[tuple[float, socket.socket]] = deque()
        self._serving = threading.BoundedSemaphore(self.cfg.threads)
        self._streaming = threading.BoundedSemaphore(max(1, self.cfg.threads // 2))
        self._lock, self._waiting, self._looked_at = threading.Lock(), 0, 0.0

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Those that serve, and those that receive."""
        return ThreadPoolExecutor(max_workers=self.cfg.threads + RECEIVERS)

    def notify(self) -> None:
        """The main loop's turn, at least once a second: who is too slow?"""
        super().notify()
        now = time.monotonic()
        if now - self._looked_at >= 1:
            self._looked_at = now
            for answer in self._answered.copy().values():
                answer.look(now)
            slow = self._slow(now)
            for arrival in self._arriving.copy().values():
                arrival.look(now)
                if arrival.who and slow[arrival.who] > OF_ONE and arrival.slow(now):
                    slow[arrival.who] -= 1
                    arrival.end()
            self._let_go(now)

    def _slow(self, now: float) -> Counter[str]:
        """How many slow requests each address sends."""
        return Counter(arrival.who for arrival in self._arriving.copy().values() if arrival.slow(now))

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """As gunicorn's, but the main loop never waits for the other side to close."""
        conn.close = lambda graceful=False: self._close(conn.sock, graceful)
        super().finish_request(conn, fs)

    def _close(self, line: socket.socket, graceful: bool) -> None:
        """End a line; one on which an answer may be on its way is closed when the other side has closed, or soon."""
        try:
            if graceful:
                line.shutdown(socket.SHUT_WR)
                line.setblocking(False)
                self._lingering.append((time.monotonic() + LINGER, line))
                if len(self._lingering) <= LINGERING:
                    return
                line = self._lingering.popleft()[1]
        except OSError:  # it has gone
            pass
        line.close()

    def _let_go(self, now: float) -> None:
        """Close those lines whose other side has closed, or had the time to."""
        for _ in range(len(self._lingering)):
            until, line = self._lingering.popleft()
            if now < until and _still_open(line):
                self._lingering.append((until, line))
            else:
                line.close()

    def handle(self, conn: TConn) -> Any:
        """Receive a request and serve it; a connection that says nothing yet takes no thread."""
        if not conn.initialized:
            if not conn.wait_for_data(0):
                return _DEFER
            with contextlib.suppress(OSError):  # not every family of sockets knows it
                conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_READER)
        arrival = Arrival(conn)
        if arrival.who and self._slow(time.monotonic())[arrival.who] >= OF_ONE:
            return False
        self._arriving[conn] = arrival
        try:
            return super().handle(conn)
        finally:
            self._arriving.pop(conn, None)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Serve it as soon as enough of it is here."""
        line = conn.sock
        conn.sock = self._answered[conn] = Answer(line)
        try:
            return self._serve(req, conn)
        finally:
            conn.sock = line
            self._answered.pop(conn, None)

    def _serve(self, req: Any, conn: TConn) -> Any:
        arrival = self._arriving[conn]
        req.body.reader = reader = Reader(req.body.reader, arrival)
        if not any(name == "EXPECT" for name, _ in req.headers):  # it sends nothing before it is told to go on
            reader.hold(AT_ONCE)
        if arrival.here or arrival.cut:
            with self._serving:
                return super().handle_request(req, conn)
        with self._lock:
            full = self._waiting >= RECEIVERS // 2
            self._waiting += not full
        if full:
            conn.sock.sendall(BUSY)
            return False
        try:
            with arrival.waiting():
                self._streaming.acquire()
        finally:
            with self._lock:
                self._waiting -= 1
        try:
            with arrival.waiting():
                self._serving.acquire()
            try:
                return super().handle_request(req, conn)
            finally:
                self._serving.release()
        finally:
            self._streaming.release()


def _still_open(line: socket.socket) -> bool:
    """Has the other side not closed yet? What it still sends is let fall, unless it sends on and on."""
    try:
        return 0 < len(line.recv(PIECE)) < PIECE
    except BlockingIOError:
        return True
    except OSError:
        return False
