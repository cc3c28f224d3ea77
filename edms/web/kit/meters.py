"""Counts of requests in Prometheus' form. Labels are route templates, never addresses: nothing about anybody."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Gauge = tuple[str, str, Sequence[str], Sequence[tuple[Sequence[str], float]]]
"""Name, what it says, names of labels, and the values by their labels."""


class Gauges(Protocol):
    """What is measured at the moment somebody asks."""

    def __call__(self) -> Iterator[Gauge]: ...


@contextmanager
def shared() -> Iterator[None]:
    """Around a server's processes: they write into one folder, so that any of them gives the sum."""
    folder, keeper = tempfile.mkdtemp(prefix="edms-meters-"), os.getpid()
    os.environ[_FOLDER] = folder
    try:
        yield
    finally:
        if os.getpid() == keeper:  # a forked process ends here too, and the others go on writing
            shutil.rmtree(folder, ignore_errors=True)


class Meters:
    """The counts of this process; of all processes of the server when they share a folder."""

    def __init__(self) -> None:
        # The library decides at its import whether processes share: not before `shared` had its say.
        import prometheus_client

        self._library: Any = prometheus_client
        self._own: Any = prometheus_client.CollectorRegistry()
        self._requests: Any = prometheus_client.Counter(
            "edms_requests", "Answered requests.", ("method", "route", "status"), registry=self._own
        )
        self._seconds: Any = prometheus_client.Histogram(
            "edms_request_seconds", "Time to the answer.", ("route",), buckets=_BOUNDS, registry=self._own
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answered request."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, gauges: Gauges) -> bytes:
        """Everything, as Prometheus reads it."""
        summed = self._own
        if folder := os.environ.get(_FOLDER):
            from prometheus_client import multiprocess

            shared: Any = multiprocess
            summed = self._library.CollectorRegistry()
            shared.MultiProcessCollector(summed, path=folder)
        now = self._library.CollectorRegistry()
        now.register(_Now(gauges))
        written: bytes = self._library.generate_latest(summed) + self._library.generate_latest(now)
        return written


class _Now:
    """The gauges, asked at the moment of the look."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Any]:
        """See prometheus_client.registry.Collector."""
        from prometheus_client.core import GaugeMetricFamily

        for name, says, labels, values in self._gauges():
            family = GaugeMetricFamily(name, says, labels=labels)
            for marks, value in values:
                family.add_metric(marks, value)
            yield family

    def describe(self) -> list[Any]:
        """Nothing is measured before somebody asks."""
        return []


def gone(pid: int) -> None:
    """A process of the server has ended: what it counted stays counted."""
    if folder := os.environ.get(_FOLDER):
        from prometheus_client import multiprocess

        shared: Any = multiprocess
        shared.mark_process_dead(pid, path=folder)
