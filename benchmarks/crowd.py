"""A town with years behind it: letters in four languages, texts, routing, history, leaves and readers, put in by SQL.

Two thousand written letters are analysed as the service does it; the rest are these again under their own numbers. The
newest come first, so that a town grows into its past: at every size its last days look the same. A batch is one
transaction, and ids follow from the number of the letter, so a cut run goes on where it was.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import psycopg

from benchmarks.stage import Stage
from edms.db.engine import conninfo
from edms.db.migrations.sums import COLUMNS, COUNTED, LETTER
from edms.demo import letters
from edms.ledger import leaves, log, tree
from edms.registry.words import RegisterKind
from edms.search.port import Weight
from edms.search.projection import GAP, Passage, placed
from edms.search.vector import vector

VARIANTS = 2000
BATCH = 25_000
APART = timedelta(minutes=9)  # between two letters: some 58,000 a year
BASE = 100_000  # ids and serials of the crowd are these and the number of the letter
PLAN = """
CREATE TABLE variant (id int PRIMARY KEY, sender text, address text, summary text, kind text, case_index text,
  language text, text text, lexemes tsvector);
CREATE TABLE crowd (began timestamptz, whole bigint, had bigint)
"""
BEGIN = """
INSERT INTO correspondent (correspondent_id, organisation_id, kind, name, address, version)
SELECT :base + id, :org, 'person', sender, address, 1 FROM variant;
ANALYZE variant
"""
FILL = """
CREATE TEMPORARY TABLE batch ON COMMIT DROP AS
SELECT g AS n, :base + g AS id, '12-05/' || (:base + g) AS number, t AS at, (t AT TIME ZONE 'Asia/Tbilisi')::date AS on_day,
  CASE WHEN g > :whole - 60 THEN 'registered' WHEN g > :whole - 120 THEN 'submitted'
       WHEN g > :whole - 1500 THEN 'in_execution' ELSE 'filed' END AS state,
  CASE WHEN g <= :whole - 1500 THEN t + g % 40 * interval '1 day' END AS over_at,
  CASE g % 30 WHEN 0 THEN :gocha ELSE :other END AS executor, CASE g % 7 WHEN 0 THEN 'acquaint' ELSE 'execute' END AS purpose,
  CASE g % 3 WHEN 0 THEN :social ELSE :roads END AS unit, CASE WHEN g % 50 = 0 THEN 'personal' ELSE 'open' END AS grade,
  CASE WHEN g > :whole - 60 THEN NULL ELSE :gocha END AS responsible,
  ARRAY['org:' || :org || ':' || CASE WHEN g % 50 = 0 THEN 'personal' ELSE 'open' END,
        'unit:' || CASE g % 3 WHEN 0 THEN :social ELSE :roads END, 'official:' || :mayor, 'official:' || :gocha] AS readers,
  g % :variants AS variant
FROM generate_series(:first, :last) g CROSS JOIN LATERAL (SELECT timestamptz ':began' - (:whole - g) * interval '9 minutes' AS t);
INSERT INTO document (document_id, organisation_id, register_id, number, year, serial, kind, state, registered_at,
  registered_on, registered_by_id, received_on, channel, authorship, correspondent_id, correspondent_name,
  correspondent_address, summary, document_type, sheets, annex_sheets, addressee_id, responsible_id, unit_id, grade,
  case_index, language, due_on, over_at, on_control, tracking_issue, leaf_id, migrated, waiting_scan, closed, readers,
  summed, idempotency_key, version)
SELECT b.id, :org, :book, number, extract(year FROM on_day)::int, b.id, 'incoming', state, at, on_day, :clerk, on_day, 'post',
  'one', :base + v.id, sender, address, summary, kind, 2, 0, :mayor, responsible, unit, grade, case_index, language,
  on_day + 30, over_at, n % 40 = 0, 1, b.id, false, false, false, readers, true, 'crowd:' || n, 3
FROM batch b JOIN variant v ON v.id = b.variant ORDER BY b.id;
INSERT INTO number (number_id, register_id, year, serial, text, state, drawn_at, drawn_on, document_id)
SELECT id, :book, extract(year FROM on_day)::int, id, number, 'used', at, on_day, id FROM batch;
INSERT INTO content (content_id, organisation_id, store_key, sha256, size, name, media_type, stored_at)
SELECT b.id, :org, 'crowd/' || b.id, sha256(b.id::text::bytea), 80000, summary || '.pdf', 'application/pdf', at
FROM batch b JOIN variant v ON v.id = b.variant ORDER BY b.id;
INSERT INTO document_content (document_content_id, document_id, content_id, role, position, added_at)
SELECT id, id, id, 'original', 1, at FROM batch;
INSERT INTO page_text (page_text_id, content_id, page, text, source, language, rotation, skew, words, alternatives, blank)
SELECT b.id, b.id, 1, text, 'ocr', language, 0, 0, '[]', '', false
FROM batch b JOIN variant v ON v.id = b.variant ORDER BY b.id;
INSERT INTO event (event_id, at, kind, organisation_id, subject_kind, subject_id, document_id, official_id, detail, leaf_id)
SELECT :base + 4 * batch.n + k.n, at + k.n * interval '1 hour', k.kind, :org, 'document', id, id, :clerk, '{}',
  CASE k.n WHEN 0 THEN id END
FROM batch CROSS JOIN (VALUES (0, 'document:registered'), (1, 'document:submitted'),
  (2, 'resolution:issued'), (3, 'document:read')) AS k (n, kind);
INSERT INTO submission (submission_id, document_id, organisation_id, official_id, state, submitted_at, version)
SELECT id, id, :org, :mayor, CASE state WHEN 'submitted' THEN 'waiting' ELSE 'resolved' END, at, 1
FROM batch WHERE state <> 'registered';
INSERT INTO resolution (resolution_id, document_id, author_id, entered_by_id, text, "order", issued_at, due_on, state, to_file,
  version)
SELECT id, id, :mayor, :mayor, 'შეასრულეთ და მომახსენეთ', 'parallel', at, on_day + 30,
  CASE state WHEN 'in_execution' THEN 'open' ELSE 'done' END, false, 1
FROM batch WHERE state NOT IN ('registered', 'submitted');
INSERT INTO assignment (assignment_id, resolution_id, document_id, organisation_id, official_id, position, responsible,
  purpose, state, due_on, opened_at, ended_at, version)
SELECT id, id, id, :org, executor, 1, true, purpose,
  CASE WHEN state = 'filed' THEN 'done' WHEN n % 3 = 0 AND n % 7 <> 0 THEN 'reported' ELSE 'open' END, on_day + 30, at,
  over_at, 1
FROM batch WHERE state NOT IN ('registered', 'submitted');
INSERT INTO report (report_id, assignment_id, text, reported_at, reported_by_id, state)
SELECT id, id, 'შესრულებულია', at, executor, CASE state WHEN 'filed' THEN 'accepted' ELSE 'waiting' END
FROM batch WHERE purpose = 'execute' AND (state = 'filed' OR (state = 'in_execution' AND n % 3 = 0));
INSERT INTO control (control_id, document_id, organisation_id, due_on, put_at, put_by_id, removed_at, version)
SELECT id, id, :org, on_day + 30, at, :mayor, over_at, 1 FROM batch WHERE n % 40 = 0;
INSERT INTO search_entry (document_id, organisation_id, register_id, unit_id, correspondent_id, state, language, year,
  serial, registered_at, registered_on, received_on, facts, readers, lexemes, whole, stamp)
SELECT b.id, :org, :book, unit, :base + v.id, state, language, extract(year FROM on_day)::int, b.id, at, on_day, on_day,
  array_remove(ARRAY[CASE WHEN executes THEN 'executor:' || executor END, 'grade:' || grade, 'kind:incoming',
    'registrar:' || :clerk], NULL), readers,
  (format('''n0%1$s'':1A ''n005'':1A ''n005/%1$s'':1A ''n012'':1A ''n012-05'':1A ''n012-05/%1$s'':1A', b.id)::tsvector
    || lexemes), true,
  concat_ws(':', 3, md5(b.id::text), md5(concat_ws('.', b.id, 'ocr', hashtextextended(text, 0))),
    CASE WHEN executes THEN md5('executor' || executor) END)
FROM (SELECT *, purpose = 'execute' AND state NOT IN ('registered', 'submitted') AS executes FROM batch) AS b
JOIN variant v ON v.id = b.variant ORDER BY b.id;
UPDATE crowd SET had = :whole - :first + 1
"""
END = f"""
DELETE FROM letter_sum WHERE organisation_id = :org;
INSERT INTO letter_sum ({COLUMNS}) {COUNTED.format(letters=f"SELECT 1 AS sign, {LETTER} FROM document WHERE summed")};
VACUUM ANALYZE
"""
IDS = ("document", "content", "document_content", "page_text", "event", "submission", "resolution", "assignment", "report",
       "control", "number", "correspondent")  # fmt: skip


def fill(here: Stage, whole: int) -> None:
    """Have so many letters in the register of incoming letters, with all that belongs to them."""
    with psycopg.connect(conninfo(here.house.urls.owner), autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0; SET synchronous_commit = off; SET work_mem = '128MB'")
        connection.execute("SET max_parallel_workers_per_gather = 0")
        began, had = _begun(here, connection, whole)
        while had < whole:
            last = whole - had
            first = max(0, last - BATCH) + 1
            with connection.transaction():
                _run(connection, FILL, _facts(here, whole) | {"began": began, "first": first, "last": last})
                _leaves(connection, here, whole, began, range(first, last + 1))
            had = whole - first + 1
            print(f"    {had:,} of {whole:,} letters are in".replace(",", " "), flush=True)
        _run(connection, END, _facts(here, whole))
    while True:
        with here.house.transaction() as session:
            if not log.sequence(session):
                return


def _begun(here: Stage, connection: psycopg.Connection, whole: int) -> tuple[datetime, int]:
    """When the town was begun, and how many letters it has; begun now unless it was."""
    if not connection.execute("SELECT to_regclass('crowd')").fetchone()[0]:  # type: ignore[index]
        with connection.transaction():
            _run(connection, PLAN, {})
            with connection.cursor().copy("COPY variant FROM STDIN") as rows:
                for row in _variants():
                    rows.write_row(row)
            _run(connection, BEGIN, _facts(here, whole))
            for table in IDS:
                connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{table}_id'), {BASE + 5 * (whole + VARIANTS)})"
                )
            connection.execute(f"SELECT setval('ledger_leaf_leaf_id_seq', {BASE + 5 * whole})")
            connection.execute("INSERT INTO crowd VALUES (now(), %s, 0)", [whole])
    began, planned, had = connection.execute("SELECT * FROM crowd").fetchone()  # type: ignore[misc]
    if planned != whole:
        raise ValueError(f"this town was planned for {planned} letters, not {whole}")
    return began.astimezone(UTC), had


def _facts(here: Stage, whole: int) -> dict[str, object]:
    people, units = here.town.people, here.town.units
    return {
        "org": here.town.kvemo.organisation_id,
        "book": here.town.books[RegisterKind.INCOMING].register_id,
        "mayor": people["davit"].official_id,
        "gocha": people["gocha"].official_id,
        "other": people["irakli"].official_id,
        "clerk": people["nino"].official_id,
        "social": units["07"].unit_id,
        "roads": units["12"].unit_id,
        "variants": VARIANTS,
        "base": BASE,
        "whole": whole,
    }


def _run(connection: psycopg.Connection, statements: str, facts: Mapping[str, object]) -> None:
    for statement in statements.split(";\n"):
        for name in sorted(facts, key=len, reverse=True):  # they stand in the text: one name has several types here
            statement = statement.replace(f":{name}", str(facts[name]))
        connection.execute(statement.encode())


def _leaves(connection: psycopg.Connection, here: Stage, whole: int, began: datetime, letters: range) -> None:
    """The leaf of each registration, as the service makes it, waiting for its place."""
    organisation_id = here.town.kvemo.organisation_id
    made = []
    for n in letters:
        ident, salt = BASE + n, secrets.token_bytes(leaves.SALT_BYTES)
        facts = {"subject": "document", "id": ident, "document_id": ident, "number": f"12-05/{ident}"}
        at = began - (whole - n) * APART
        leaf = leaves.leaf_bytes(
            act="document:registered", organisation_id=organisation_id, at=at, salt=salt, facts=facts
        )
        made.append((ident, leaf, tree.leaf_hash(leaf), salt, leaves.canonical(facts).decode()))
    for table, rows in (
        ("ledger_leaf (leaf_id, leaf, leaf_hash)", (row[:3] for row in made)),
        ("ledger_waiting (leaf_id)", (row[:1] for row in made)),
        ("ledger_salt (leaf_id, document_id, salt, facts)", ((row[0], row[0], row[3], row[4]) for row in made)),
    ):
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as copied:
            for row in rows:
                copied.write_row(row)


def _variants() -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)
    for number in range(VARIANTS):
        written = letters.write(chance)
        subject = written.subject
        passages = (
            Passage(written.summary, Weight.SUBJECT),
            Passage(written.sender, Weight.CARD),
            *([Passage(subject.case, Weight.CARD)] if subject.case else []),
            Passage(written.summary + ".pdf", Weight.TEXT),
            Passage(written.text, Weight.TEXT),
        )
        # After the number, which takes the first place: joining vectors moves these by one.
        words = [(lexemes, place + GAP - 1, weight) for lexemes, place, weight in placed(passages)]
        facts = (written.sender, written.address, written.summary, subject.document_type, subject.case)
        yield (number, *facts, subject.language, written.text, vector(words)[0])
