"""A town with years behind it: letters in four languages, texts, routing, history and readers, put in by SQL.

Two thousand written letters are analysed as the service does it; the rest are these again under their own numbers.
"""

from __future__ import annotations

import random

import psycopg

from benchmarks.stage import Stage
from edms.db.engine import conninfo
from edms.demo import letters
from edms.registry.words import RegisterKind
from edms.search.port import Weight
from edms.search.projection import Passage, placed
from edms.search.vector import coded, vector

VARIANTS = 2000
FILL = """
INSERT INTO correspondent (organisation_id, kind, name, address, version)
SELECT :org, 'person', sender, address, 1 FROM variant;
INSERT INTO document (organisation_id, register_id, number, year, serial, kind, state, registered_at, registered_on,
  received_on, channel, authorship, correspondent_id, correspondent_name, correspondent_address, summary, document_type, sheets,
  annex_sheets, addressee_id, responsible_id, unit_id, grade, case_index, language, due_on, over_at, on_control, tracking_issue,
  migrated, waiting_scan, closed, readers, summed, idempotency_key, version)
SELECT :org, :book, '12-05/' || (1000 + g), extract(year FROM t)::int, 1000 + g, 'incoming',
  CASE WHEN g > :n - 60 THEN 'registered' WHEN g > :n - 120 THEN 'submitted' WHEN g > :n - 1500 THEN 'in_execution'
       ELSE 'filed' END,
  t, t::date, t::date, 'post', 'one', c.correspondent_id, v.sender, v.address, v.summary, v.kind, 2, 0, :mayor,
  CASE WHEN g > :n - 60 THEN NULL ELSE :gocha END, CASE g % 3 WHEN 0 THEN :social ELSE :roads END,
  CASE WHEN g % 50 = 0 THEN 'personal' ELSE 'open' END, v.case_index, v.language, t::date + 30,
  CASE WHEN g <= :n - 1500 THEN t + g % 40 * interval '1 day' END, g % 40 = 0, 1, false, false, false,
  ARRAY['org:' || :org || ':' || CASE WHEN g % 50 = 0 THEN 'personal' ELSE 'open' END,
        'unit:' || CASE g % 3 WHEN 0 THEN :social ELSE :roads END, 'official:' || :mayor, 'official:' || :gocha],
  false, 'crowd:' || g, 3
FROM generate_series(1, :n) g JOIN variant v ON v.id = g % :variants
JOIN LATERAL (SELECT now() - (:n - g) * interval '9 minutes' AS t) AS t ON true
JOIN correspondent c ON c.correspondent_id = (SELECT min(correspondent_id) FROM correspondent WHERE name = v.sender);
INSERT INTO number (register_id, year, serial, text, state, drawn_at, drawn_on, document_id)
SELECT register_id, year, serial, number, 'used', registered_at, registered_on, document_id FROM document
WHERE idempotency_key LIKE 'crowd:%';
INSERT INTO content (organisation_id, store_key, sha256, size, name, media_type, stored_at)
SELECT :org, 'crowd/' || document_id, sha256(document_id::text::bytea), 80000, summary || '.pdf', 'application/pdf',
  registered_at FROM document WHERE idempotency_key LIKE 'crowd:%';
INSERT INTO document_content (document_id, content_id, role, position, added_at)
SELECT substr(store_key, 7)::bigint, content_id, 'original', 1, stored_at FROM content WHERE store_key LIKE 'crowd/%';
INSERT INTO page_text (content_id, page, text, source, language, rotation, skew, words, alternatives, blank)
SELECT dc.content_id, 1, v.text, 'ocr', v.language, 0, 0, '[]', '', false FROM document_content dc JOIN document d USING (document_id)
JOIN variant v ON v.id = (d.serial - 1000) % :variants WHERE d.idempotency_key LIKE 'crowd:%';
INSERT INTO event (at, kind, organisation_id, subject_kind, subject_id, document_id, official_id, detail)
SELECT d.registered_at + k.n * interval '1 hour', k.kind, :org, 'document', d.document_id, d.document_id, :clerk, '{}'
FROM document d CROSS JOIN (VALUES (0, 'document:registered'), (1, 'document:submitted'), (2, 'resolution:issued'),
  (3, 'document:read')) AS k (n, kind) WHERE d.idempotency_key LIKE 'crowd:%';
INSERT INTO submission (document_id, organisation_id, official_id, state, submitted_at, version)
SELECT document_id, :org, :mayor, CASE state WHEN 'submitted' THEN 'waiting' ELSE 'resolved' END, registered_at, 1
FROM document WHERE idempotency_key LIKE 'crowd:%' AND state <> 'registered';
INSERT INTO resolution (document_id, author_id, entered_by_id, text, "order", issued_at, due_on, state, to_file, version)
SELECT document_id, :mayor, :mayor, 'შეასრულეთ და მომახსენეთ', 'parallel', registered_at, due_on,
  CASE state WHEN 'in_execution' THEN 'open' ELSE 'done' END, false, 1
FROM document WHERE idempotency_key LIKE 'crowd:%' AND state NOT IN ('registered', 'submitted');
INSERT INTO assignment (resolution_id, document_id, organisation_id, official_id, position, responsible, purpose, state,
  due_on, opened_at, version)
SELECT resolution_id, document_id, :org, CASE resolution_id % 30 WHEN 0 THEN :gocha ELSE :other END, 1, true,
  CASE resolution_id % 7 WHEN 0 THEN 'acquaint' ELSE 'execute' END,
  CASE WHEN state = 'done' THEN 'done' WHEN resolution_id % 3 = 0 AND resolution_id % 7 <> 0 THEN 'reported' ELSE 'open' END, due_on, issued_at, 1
FROM resolution WHERE text = 'შეასრულეთ და მომახსენეთ';
INSERT INTO report (assignment_id, text, reported_at, reported_by_id, state)
SELECT assignment_id, 'შესრულებულია', opened_at, official_id, CASE state WHEN 'reported' THEN 'waiting' ELSE 'accepted' END
FROM assignment WHERE state IN ('done', 'reported') AND purpose = 'execute';
INSERT INTO search_entry (document_id, organisation_id, register_id, unit_id, correspondent_id, state, language, year,
  serial, registered_at, registered_on, received_on, facts, readers, lexemes, whole, stamp)
SELECT d.document_id, d.organisation_id, d.register_id, d.unit_id, d.correspondent_id, d.state, d.language, d.year,
  d.serial, d.registered_at, d.registered_on, d.received_on,
  array_remove(ARRAY['kind:' || d.kind, 'grade:' || d.grade, 'executor:' || d.responsible_id], NULL), d.readers, v.lexemes || (v.number_mark || (1000 + g) || ':1A')::tsvector,
  true, 'crowd' FROM document d JOIN LATERAL (SELECT (d.serial - 1000)::int AS g) g ON true
JOIN variant v ON v.id = g % :variants WHERE d.idempotency_key LIKE 'crowd:%'
"""


def fill(here: Stage, count: int) -> None:
    """Put `count` letters into the register of incoming letters, with all that belongs to them."""
    people, units = here.town.people, here.town.units
    facts = {
        "org": here.town.kvemo.organisation_id,
        "book": here.town.books[RegisterKind.INCOMING].register_id,
        "mayor": people["davit"].official_id,
        "gocha": people["gocha"].official_id,
        "other": people["irakli"].official_id,
        "clerk": people["nino"].official_id,
        "social": units["07"].unit_id,
        "roads": units["12"].unit_id,
        "variants": VARIANTS,
        "n": count,
    }
    with psycopg.connect(conninfo(here.house.urls.owner), autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute(
            "CREATE TABLE variant (id int PRIMARY KEY, sender text, address text, summary text, kind text, case_index text,"
            " language text, text text, lexemes tsvector, number_mark text)"
        )
        with connection.cursor().copy("COPY variant FROM STDIN") as rows:
            for row in _variants():
                rows.write_row(row)
        connection.execute("CREATE INDEX ON variant (sender)")
        connection.execute("ANALYZE variant")
        for statement in FILL.split(";\n"):
            for name in sorted(facts, key=len, reverse=True):  # ids stand in the text: one name has several types here
                statement = statement.replace(f":{name}", str(facts[name]))
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE")


def _variants() -> list[tuple[object, ...]]:
    chance = random.Random(7)
    mark = coded("n1")[:-1]  # before a number, as the index keeps it
    made = []
    for number in range(VARIANTS):
        written = letters.write(chance)
        passages = (
            Passage(written.summary, Weight.SUBJECT),
            Passage(written.sender, Weight.CARD),
            Passage(written.text, Weight.TEXT),
        )
        lexemes = [(lexeme, place + 2, weight) for lexeme, place, weight in placed(passages)]  # after the number
        subject = written.subject
        facts = (written.sender, written.address, written.summary, subject.document_type, subject.case)
        made.append((number, *facts, subject.language, written.text, vector(lexemes)[0], mark))
    return made
