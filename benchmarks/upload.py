"""A gigabyte sent by a slow scanner: the web process does not grow with it, and others' pages stay quick."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from pathlib import Path
from time import perf_counter

from benchmarks.report import Report, median, percentile
from benchmarks.stage import Client, descendants, process, stage
from benchmarks.stage import await_ready as ready

SIZE = 1024**3
PIECE = os.urandom(1 << 20)


class Body:
    """SIZE bytes that need no room."""

    def __init__(self) -> None:
        self.left = SIZE

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        piece = PIECE[: min(self.left, len(PIECE))]
        self.left -= len(piece)
        return piece


def run(report: Report) -> None:
    """Pages alone, then pages beside the upload; the growth of the web process; the bare writing."""
    with stage(web_workers=1) as here, process("edms.web.server", environ=here.environ) as server:
        ready(here.settings.listen, server)
        sender, reader = Client(here.settings.listen, piece=1 << 20), Client(here.settings.listen)
        token = sender.sign_in("nino")
        reader.sign_in("davit")
        for _ in range(20):
            reader.get("/desk/")
        idle = _pages(reader, until=lambda done, _began: done >= 150)
        web = descendants(server.pid)[0]
        before = _held(web)
        most, stop = [before], threading.Event()
        watch = threading.Thread(target=_watch, args=(web, most, stop))
        answer: list[int] = []
        took: list[float] = []

        def send() -> None:
            began = perf_counter()
            headers = {"X-CSRFToken": token, "X-File-Name": "scan.pdf", "Content-Length": str(SIZE)}
            answer.append(sender.send("/arrivals/bytes", Body(), **headers)[0])
            took.append(perf_counter() - began)

        sender.get("/healthz")  # a living connection: a body cannot be sent twice
        sending = threading.Thread(target=send)
        watch.start()
        sending.start()
        busy = _pages(reader, until=lambda _done, _began: not sending.is_alive())
        sending.join()
        stop.set()
        watch.join()
        if answer != [201]:
            raise RuntimeError(f"the upload answered {answer}")
        bare = _bare(here.settings.data_dir)
    speed, limit = SIZE / took[0] / 2**20, SIZE / bare / 2**20
    report.row("growth of the web process in an upload of 1 GiB", (max(most) - before) / 2**20, "MiB", bar="< 80 MiB")
    report.row("upload of 1 GiB", speed, "MiB/s", "hashed, written, flushed, read again", limit, speed / limit)
    quick, slow = median(idle), median(busy)
    report.row("a page beside the upload, median", slow, "ms", "alone", quick, slow / quick)
    last, first = percentile(busy, 0.95), percentile(idle, 0.95)
    report.row("a page beside the upload, p95", last, "ms", "alone", first, last / first, "< 500 ms")


def _pages(client: Client, until) -> list[float]:  # type: ignore[no-untyped-def]
    times: list[float] = []
    started = perf_counter()
    while not until(len(times), started):
        began = perf_counter()
        status, _ = client.get("/desk/")
        times.append((perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"the desk answered {status}")
        time.sleep(0.02)
    return times


def _held(pid: int) -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(found[1]) * 1024 if found else 0


def _watch(pid: int, into: list[int], stop: threading.Event) -> None:
    while not stop.wait(0.02):
        into.append(_held(pid))


def _bare(folder: Path) -> float:
    """Seconds for the same bytes by the least that keeps them: hashed, written, flushed to the disk, read back and hashed."""
    path, body = folder / "bare", Body()
    began = perf_counter()
    whole = hashlib.sha256()
    with path.open("wb") as target:
        while piece := body.read():
            whole.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
        os.posix_fadvise(target.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    again = hashlib.sha256()
    with path.open("rb") as source:
        while piece := source.read(1 << 20):
            again.update(piece)
    took = perf_counter() - began
    path.unlink()
    if again.digest() != whole.digest():
        raise RuntimeError("the disk lies")
    return took
