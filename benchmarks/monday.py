"""The Monday page over ten years of a region's letters: last week, a year, and ten years, which is every letter there is.

100,000 letters; with --full a million. Twenty units and a hundred people have them, in four registers, and each letter
ended some days later. They enter the monthly sums by the round that does it in service; the row of the round says how
long it takes to take in all of them at once, as after an old journal was loaded.
"""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

import psycopg

from benchmarks.report import Report, percentile
from benchmarks.stage import Client, Stage, stage, web
from edms import clock
from edms.db.engine import conninfo
from edms.registry.words import RegisterKind
from workers.summing import sum_letters

LETTERS, FULL = 100_000, 1_000_000
DAYS = 3_650
TRIES = 20
LIMIT_MS = 1000
PEOPLE = """
INSERT INTO unit (organisation_id, index, names) SELECT :org, 'b-' || g, '{"ka": "სამსახური"}' FROM generate_series(1, 20) g;
INSERT INTO official (organisation_id, unit_id, login, names, posts, language, preferences, version)
SELECT :org, (SELECT min(unit_id) FROM unit WHERE index = 'b-' || (1 + g % 20)), 'bench-' || g, '{"ka": "მოხელე"}', '{}', 'ka',
  '{}', 1 FROM generate_series(1, 100) g
"""
LETTER = """
INSERT INTO document (organisation_id, register_id, number, year, serial, kind, state, registered_at, registered_on,
  received_on, channel, authorship, summary, document_type, sheets, annex_sheets, responsible_id, unit_id, grade, language, due_on,
  over_at, on_control, tracking_issue, migrated, waiting_scan, closed, readers, summed, version)
SELECT :org, b.register_id, '12-05/' || g, extract(year FROM t)::int, g, b.kind, CASE WHEN open THEN 'in_execution' ELSE
  'filed' END, t, t::date, t::date, 'post', 'one', 'წერილი ' || g, 'letter', 2, 0, p.official_id, p.unit_id, grade, 'ka', t::date + 30,
  CASE WHEN NOT open THEN t + hashint4(g) % 45 * interval '1 day' + interval '45 days' END, open AND g % 40 = 0, 1, false, false, false,
  ARRAY['org:' || :org || ':' || grade, 'official:' || p.official_id], false, 1
FROM generate_series(1, :n) g
CROSS JOIN LATERAL (SELECT now() - (:n - g) * (interval '1 day' * :days / :n) AS t, g > :n - :n / 200 AS open,
  CASE WHEN g % 50 = 0 THEN 'personal' ELSE 'open' END AS grade) AS facts
JOIN (SELECT row_number() OVER (ORDER BY register_id) - 1 AS place, register_id, kind FROM register
  WHERE register_id = ANY(:books)) AS b ON b.place = abs(hashint4(g + 7)) % 4
JOIN (SELECT row_number() OVER (ORDER BY official_id) - 1 AS place, official_id, unit_id FROM official
  WHERE login LIKE 'bench-%') AS p ON p.place = abs(hashint4(g)) % 100
"""
BOOKS = (RegisterKind.INCOMING, RegisterKind.OUTGOING, RegisterKind.INTERNAL, RegisterKind.APPLICATIONS)


def run(report: Report) -> None:
    """The round, then the page, its workbook and one figure's list, for periods of growing length."""
    count = FULL if report.full else LETTERS
    today = clock.today("Asia/Tbilisi")
    pages = {
        "last week": "/reports/?period=last_week",
        "this year": "/reports/?period=year",
        "all letters": f"/reports/?first={today - timedelta(days=DAYS):%d.%m.%Y}&last={today:%d.%m.%Y}",
        "this year, as a workbook": "/reports/figures.xlsx?period=year",
        "the letters of a figure": "/reports/letters?period=year&figure=in_term",
        "the letters that are overdue": "/reports/letters?period=year&figure=late",
    }
    with stage() as here:
        _fill(here, count)
        began = perf_counter()
        sum_letters(here.house, None)
        report.row(f"the round takes in {count} letters at once", perf_counter() - began, "s")
        _look_after(here)
        with web(here) as listen:
            for login, whose in (("davit", ""), ("ketevan", ", not the personal ones")):
                reader = Client(listen)
                reader.sign_in(login)
                for name, address in pages.items():
                    took = percentile([_open(reader, address) for _ in range(TRIES + 3)][3:], 0.95)
                    report.row(f"{name}{whose}, p95 at {count} letters", took, "ms", bar=f"< {LIMIT_MS} ms")


def _fill(here: Stage, count: int) -> None:
    facts = {
        "org": here.town.kvemo.organisation_id, "n": count, "days": DAYS,
        "books": f"ARRAY[{', '.join(str(here.town.books[kind].register_id) for kind in BOOKS)}]",
    }  # fmt: skip
    with psycopg.connect(conninfo(here.house.urls.owner), autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        for statement in (*PEOPLE.split(";\n"), LETTER):
            for name in sorted(facts, key=len, reverse=True):
                statement = statement.replace(f":{name}", str(facts[name]))
            connection.execute(statement.encode())
    _look_after(here)


def _look_after(here: Stage) -> None:
    """What autovacuum has done by the next morning."""
    with psycopg.connect(conninfo(here.house.urls.owner), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _open(client: Client, address: str) -> float:
    began = perf_counter()
    status, body = client.get(address)
    took = (perf_counter() - began) * 1000
    if status != 200:
        raise RuntimeError(f"{address} answered {status}: {body[:300]!r}")
    return took
