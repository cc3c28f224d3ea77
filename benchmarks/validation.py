"""A hundred files as they arrive, judged as the worker does it: each in its child, those who know of revocation asked.

Good signatures of every form and level, forgeries, and remains; beside it the same judgement without a child.
"""

from __future__ import annotations

import resource
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from benchmarks.report import Report, median
from edms import clock
from edms.demo.authority import Inside
from edms.sandbox.nursery import NURSERY
from edms.signing import trust, validation
from edms.signing.examination import examine
from edms.signing.verdicts import Bottom
from tests import forgeries, signed_things

FILES = 100


def run(report: Report) -> None:
    """Median and worst wall time of a file, and the most memory of a child."""
    authority = signed_things.authority()
    roots, outside = trust.load(authority.trust_dir), Inside(authority)
    good = [(name, make(), beside) for name, make, beside in signed_things.all_good()]
    forged = [(name, make(), {}) for name, make in forgeries.all_forged()]
    half = FILES // 2
    files = [*islice(cycle(good), half), *forged[:: max(1, len(forged) // (FILES - half))][: FILES - half]]
    times, bare, wrong = [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, whole, beside) in enumerate(files):
            path = Path(folder, f"file-{number}")
            path.write_bytes(whole)
            others = []
            for other, content in beside.items():
                Path(folder, f"beside-{number}").write_bytes(content)
                others.append((other, Path(folder, f"beside-{number}")))
            began = time.perf_counter()
            verdict = validation.judge(path, roots, outside=outside, beside=others, name=name).verdict
            times.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            examine(whole, roots, at=clock.now(), beside=beside, name=name)
            bare.append((time.perf_counter() - began) * 1000)
            wrong += (verdict.bottom is not Bottom.PASSED) if number < half else (verdict.bottom is Bottom.PASSED)
    NURSERY._stop()  # what its children cost is told when it has ended
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    report.row(
        "a signed file judged in its child, median of 100",
        median(times),
        "ms",
        "in process, once",
        median(bare),
        median(times) / median(bare),
    )
    report.row("the slowest of 100 signed files", max(times), "ms", bar="< 10000 ms")
    report.row("most memory of a child that judges", memory, "MiB", bar="< 1536 MiB")
    report.row("signed files of 100 judged wrong", float(wrong), "files", bar="<= 0")
