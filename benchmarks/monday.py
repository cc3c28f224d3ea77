"""The Monday page over a town's years of letters: last week, a year, and ten years, which is every letter there is.

20,000 letters; with --full 200,000. The cost is the letters in the period and the one before it, so the row of all
letters says what a period holding a million would cost: five times that of 200,000.
"""

from __future__ import annotations

from datetime import date, timedelta
from time import perf_counter

from benchmarks.crowd import fill
from benchmarks.report import Report, percentile
from benchmarks.stage import Client, stage, web

LETTERS, FULL = 20_000, 200_000
MILLION = 1_000_000
TRIES = 20
LIMIT_MS = 1000


def run(report: Report) -> None:
    """The page, its workbook and one figure's list, for periods of growing length."""
    count = FULL if report.full else LETTERS
    today = date.today()  # noqa: DTZ011
    pages = {
        "last week": "/reports/?period=last_week",
        "this year": "/reports/?period=year",
        "all letters": f"/reports/?first={today - timedelta(days=3600):%d.%m.%Y}&last={today:%d.%m.%Y}",
        "this year, as a workbook": "/reports/figures.xlsx?period=year",
        "the letters of a figure": "/reports/letters?period=year&figure=in_term",
        "the letters that are overdue": "/reports/letters?period=year&figure=late",
    }
    with stage() as here:
        fill(here, count)
        with web(here) as listen:
            mayor = Client(listen)
            mayor.sign_in("davit")
            for name, address in pages.items():
                took = percentile([_open(mayor, address) for _ in range(TRIES + 3)][3:], 0.95)
                report.row(f"{name}, p95 at {count} letters", took, "ms", bar=f"< {LIMIT_MS} ms")
                if name == "all letters":
                    report.row(
                        "all letters, projected to a million", took * MILLION / count, "ms", bar=f"< {LIMIT_MS} ms"
                    )


def _open(client: Client, address: str) -> float:
    began = perf_counter()
    status, body = client.get(address)
    took = (perf_counter() - began) * 1000
    if status != 200:
        raise RuntimeError(f"{address} answered {status}: {body[:300]!r}")
    return took
