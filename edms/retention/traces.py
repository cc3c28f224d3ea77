"""What of a letter is erased with it, table by table: literal statements in their order.

A destroyed letter keeps its row (number, date, register, case), the chain of who had it and when, and what it sent out
where; every text, name, address and byte of it goes. Each table that speaks of a letter, a draft or a content is named
here or in STAYS: a house test asks for it. Contents that also serve another letter stay with that one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ARRAY, BigInteger, bindparam, text
from sqlalchemy.orm import Session

# The drafts of these letters: those that became them, and those that answered them and became nothing.
_DRAFTS = """
SELECT draft_id FROM draft WHERE document_id = ANY(:documents)
  OR (document_id IS NULL AND in_reply_to_id = ANY(:documents))"""

# The contents that these letters and drafts use.
_OWN = """
SELECT content_id FROM document_content WHERE document_id = ANY(:documents)
UNION SELECT content_id FROM arrival WHERE document_id = ANY(:documents)
UNION SELECT scan_content_id FROM resolution WHERE document_id = ANY(:documents)
UNION SELECT proof_content_id FROM dispatch WHERE document_id = ANY(:documents)
UNION SELECT content_id FROM certified_copy WHERE document_id = ANY(:documents)
UNION SELECT content_id FROM service_case_query JOIN service_case USING (case_id) WHERE document_id = ANY(:documents)
UNION SELECT b.content_id FROM service_case_body b JOIN service_case_step s USING (case_step_id)
  JOIN service_case c USING (case_id) WHERE c.document_id = ANY(:documents)
UNION SELECT unnest(ARRAY[content_id, word_content_id]) FROM draft_version WHERE draft_id = ANY(:drafts)
UNION SELECT unnest(ARRAY[original_content_id, plain_content_id]) FROM brought_paper WHERE draft_id = ANY(:drafts)
UNION SELECT unnest(ARRAY[shown_content_id, printed_content_id, scan_content_id]) FROM hand_signing
  WHERE document_id = ANY(:documents) OR draft_id = ANY(:drafts)
UNION SELECT unnest(ARRAY[shown_content_id, base_content_id, prepared_content_id, embedded_content_id,
    raised_content_id]) FROM signature_request WHERE document_id = ANY(:documents) OR draft_ref = ANY(:drafts)"""

# Whatever lies on a letter or waits came through a tray or stands among its papers: there another's use is seen.
_OTHERS = """
SELECT content_id FROM document_content WHERE content_id = ANY(ARRAY(SELECT content_id FROM family))
  AND NOT document_id = ANY(:documents)
UNION SELECT content_id FROM arrival WHERE content_id = ANY(ARRAY(SELECT content_id FROM family))
  AND state NOT IN ('remade', 'undone') AND (document_id = ANY(:documents)) IS NOT TRUE"""

# Theirs; the scan they were cut from, unless something of another letter was cut from it too; and what was made from
# these or lay in them, as far as no other letter has it.
_CONTENTS = f"""
WITH RECURSIVE own AS (SELECT content_id FROM ({_OWN}) AS u WHERE content_id IS NOT NULL),
above AS (
  SELECT c.parent_id AS content_id FROM own JOIN content c USING (content_id) WHERE c.parent_id IS NOT NULL
  UNION SELECT c.parent_id FROM above JOIN content c USING (content_id) WHERE c.parent_id IS NOT NULL),
tree AS (
  SELECT content_id AS root, content_id FROM above
  UNION SELECT t.root, c.content_id FROM tree t JOIN content c ON c.parent_id = t.content_id),
family AS (
  SELECT content_id FROM own UNION SELECT content_id FROM above
  UNION SELECT c.content_id FROM family f JOIN content c ON c.parent_id = f.content_id),
others AS ({_OTHERS}),
gone AS (
  (SELECT content_id FROM own UNION SELECT content_id FROM above
    WHERE content_id NOT IN (SELECT t.root FROM tree t JOIN others USING (content_id)))
  UNION SELECT c.content_id FROM gone g JOIN content c ON c.parent_id = g.content_id
    WHERE c.content_id NOT IN (SELECT content_id FROM others))
SELECT content_id FROM gone WHERE content_id NOT IN (SELECT content_id FROM others)"""  # noqa: S608 - our own text

_KEYS = """
SELECT store_key FROM content WHERE content_id = ANY(:contents)
UNION SELECT store_key FROM rendition WHERE content_id = ANY(:contents)"""

ERASE = (
    # What was found out, asked, brought and paid in their cases; the course stays, as that of the letter does.
    "DELETE FROM service_case_fact USING service_case c"
    " WHERE c.case_id = service_case_fact.case_id AND c.document_id = ANY(:documents)",
    "DELETE FROM service_case_query USING service_case c"
    " WHERE c.case_id = service_case_query.case_id AND c.document_id = ANY(:documents)",
    "DELETE FROM service_case_paper USING service_case c WHERE c.case_id = service_case_paper.case_id"
    " AND (c.document_id = ANY(:documents) OR content_id = ANY(:contents))",
    "DELETE FROM service_proposal USING service_case c"
    " WHERE c.case_id = service_proposal.case_id AND c.document_id = ANY(:documents)",
    "UPDATE service_case_body SET text = NULL, content_id = NULL"
    " FROM service_case_step s JOIN service_case c USING (case_id)"
    " WHERE s.case_step_id = service_case_body.case_step_id AND c.document_id = ANY(:documents)",
    "UPDATE service_case_step SET remark = NULL FROM service_case c"
    " WHERE c.case_id = service_case_step.case_id AND c.document_id = ANY(:documents)",
    "UPDATE service_case_fee SET exempt_reason = NULL FROM service_case c"
    " WHERE c.case_id = service_case_fee.case_id AND c.document_id = ANY(:documents)",
    "UPDATE service_case_payment SET receipt = NULL FROM service_case_fee f JOIN service_case c USING (case_id)"
    " WHERE f.case_fee_id = service_case_payment.case_fee_id AND c.document_id = ANY(:documents)",
    "DELETE FROM followed WHERE (subject_kind = 'document' AND subject_id = ANY(:documents))"
    " OR (subject_kind = 'draft' AND subject_id = ANY(:drafts))",
    "UPDATE service_case SET end_reason = NULL WHERE document_id = ANY(:documents)",
    "UPDATE service_case_document SET draft_id = NULL WHERE draft_id = ANY(:drafts)",
    "DELETE FROM service_application WHERE arrival_id IN"
    " (SELECT arrival_id FROM arrival WHERE document_id = ANY(:documents))",
    # What was read in the bytes, and judged of them.
    "DELETE FROM page_text WHERE content_id = ANY(:contents)",
    "DELETE FROM page_label WHERE content_id = ANY(:contents)",
    "DELETE FROM doubtful_line WHERE content_id = ANY(:contents) OR outer_id = ANY(:contents)",
    "DELETE FROM suggestion WHERE content_id = ANY(:contents)",
    "DELETE FROM rendition WHERE content_id = ANY(:contents)",
    "DELETE FROM capture WHERE content_id = ANY(:contents)",
    "DELETE FROM verdict WHERE content_id = ANY(:contents)",
    "UPDATE signature_proof SET renewed_by_id = NULL WHERE renewed_by_id = ANY(:contents)"
    " AND NOT content_id = ANY(:contents)",
    "DELETE FROM signature_proof WHERE content_id = ANY(:contents) OR root_id = ANY(:contents)",
    "DELETE FROM remaking_part WHERE content_id = ANY(:contents)",
    # What was written of them while they were made.
    "DELETE FROM signature_request WHERE document_id = ANY(:documents) OR draft_ref = ANY(:drafts)",
    "DELETE FROM hand_signing WHERE document_id = ANY(:documents) OR draft_id = ANY(:drafts)",
    "DELETE FROM brought_paper WHERE draft_id = ANY(:drafts)",
    "DELETE FROM visa WHERE draft_id = ANY(:drafts)",
    "DELETE FROM signatory WHERE draft_id = ANY(:drafts)",
    "DELETE FROM draft_version WHERE draft_id = ANY(:drafts)",
    "UPDATE mailing_row SET draft_id = NULL, cells = '{}' WHERE draft_id = ANY(:drafts)",
    "UPDATE mailing SET draft_id = NULL WHERE draft_id = ANY(:drafts)",
    "DELETE FROM draft WHERE draft_id = ANY(:drafts)",
    # What was said of them.
    "DELETE FROM mention WHERE comment_id IN (SELECT comment_id FROM comment WHERE document_id = ANY(:documents))",
    "DELETE FROM comment WHERE document_id = ANY(:documents)",
    "UPDATE consultation SET question = '', end_reason = NULL WHERE document_id = ANY(:documents)",
    "UPDATE opinion SET text = NULL WHERE document_id = ANY(:documents)",
    "UPDATE conflict SET reason = '' WHERE document_id = ANY(:documents)",
    "UPDATE control SET instruction = NULL, notified = NULL WHERE document_id = ANY(:documents)",
    "UPDATE submission SET note = NULL, end_reason = NULL WHERE document_id = ANY(:documents)",
    "UPDATE resolution SET text = '', scan_content_id = NULL, end_reason = NULL WHERE document_id = ANY(:documents)",
    "UPDATE extension SET reason = '', remark = NULL FROM assignment a"
    " WHERE a.assignment_id = extension.assignment_id AND a.document_id = ANY(:documents)",
    "UPDATE report SET text = '', remark = NULL FROM assignment a"
    " WHERE a.assignment_id = report.assignment_id AND a.document_id = ANY(:documents)",
    "UPDATE assignment SET end_reason = NULL WHERE document_id = ANY(:documents)",
    "DELETE FROM notice WHERE document_id = ANY(:documents)",
    "DELETE FROM follow WHERE document_id = ANY(:documents)",
    "DELETE FROM paper_original WHERE document_id = ANY(:documents)",
    # Who wrote, to whom it went, what came with it.
    "UPDATE dispatch SET address = NULL, correspondent_id = NULL, proof = NULL, proof_content_id = NULL,"
    " trouble = NULL WHERE document_id = ANY(:documents)",
    "UPDATE addressee SET name = '', address = NULL, correspondent_id = NULL WHERE document_id = ANY(:documents)",
    "DELETE FROM certified_copy WHERE document_id = ANY(:documents)",
    "DELETE FROM document_party WHERE document_id = ANY(:documents)",
    "DELETE FROM document_intake WHERE document_id = ANY(:documents)",
    "DELETE FROM document_valuable WHERE document_id = ANY(:documents)",
    "DELETE FROM spoken_record WHERE document_id = ANY(:documents)",
    "DELETE FROM arrival_end WHERE arrival_id IN (SELECT arrival_id FROM arrival WHERE document_id = ANY(:documents))",
    "UPDATE arrival SET content_id = NULL, source = NULL, trouble = NULL, end_reason = NULL"
    " WHERE document_id = ANY(:documents) OR content_id = ANY(:contents)",
    "UPDATE document SET correspondent_id = NULL, correspondent_name = NULL, correspondent_address = NULL,"
    " their_number = NULL, their_date = NULL, document_on = NULL, annexes = NULL, term = NULL, waiting_scan = false"
    " WHERE document_id = ANY(:documents)",
    "DELETE FROM search_entry WHERE document_id = ANY(:documents)",
    # The bytes' own rows, last: everything that spoke of them is gone.
    "DELETE FROM document_content WHERE document_id = ANY(:documents)",
    "UPDATE content SET parent_id = NULL WHERE parent_id = ANY(:contents) AND NOT content_id = ANY(:contents)",
    "DELETE FROM content WHERE content_id = ANY(:contents)",
)

# Tables that speak of a letter or a content and keep what they say: places, links, the house's own papers.
STAYS = frozenset(
    {
        "case_file_entry",  # its place in the case file
        "disposal_act",
        "document_link",  # which letter answered which
        "event",  # the history outlives its subject; by `forget`
        "fixity_fault",  # of what is there alone
        "hand_entry",
        "hold",
        "journal",  # a register that was printed then
        "ledger_salt",  # by ledger.erase
        "number",
        "remaking",
        "service_case_publication",  # what was made public stays public
        "stub",
        "taken_table",
        "transfer",  # the archive's receipt
        "transfer_line",  # its package is let go when the transfer ends
        "word_template",
    }
)

_IDS = {name: ARRAY(BigInteger) for name in ("documents", "drafts", "contents")}


def drafts_of(session: Session, documents: Sequence[int]) -> list[int]:
    """The drafts that go with these letters."""
    return _asked(session, _DRAFTS, documents=documents)


def contents_of(session: Session, documents: Sequence[int], drafts: Sequence[int]) -> list[int]:
    """The contents that go with these letters and drafts."""
    return _asked(session, _CONTENTS, documents=documents, drafts=drafts)


def keys_of(session: Session, contents: Sequence[int]) -> list[str]:
    """Where the bytes of these contents and of their renditions lie in the store."""
    return list(session.scalars(_bound(_KEYS, ("contents",)), {"contents": list(contents)}))


def arrivals_of(session: Session, documents: Sequence[int]) -> list[tuple[int, int]]:
    """The arrivals that became these letters or joined them: (letter, arrival)."""
    found = "SELECT document_id, arrival_id FROM arrival WHERE document_id = ANY(:documents)"
    rows = session.execute(_bound(found, ("documents",)), {"documents": list(documents)})
    return [(document_id, arrival_id) for document_id, arrival_id in rows]


def erase(session: Session, documents: Sequence[int], drafts: Sequence[int], contents: Sequence[int]) -> None:
    """Erase what ERASE names, in this transaction; what the session holds of these rows is read afresh afterwards."""
    session.flush()
    given = {"documents": list(documents), "drafts": list(drafts), "contents": list(contents)}
    for statement in ERASE:
        used = tuple(name for name in given if f":{name}" in statement)
        session.execute(_bound(statement, used), {name: given[name] for name in used})
    session.expire_all()


def forget(
    session: Session, documents: Sequence[int] = (), arrivals: Sequence[int] = (), drafts: Sequence[int] = (),
    people: Sequence[int] = (),
) -> None:  # fmt: skip
    """Empty what the history says in its lines about these letters, and about people whose cards are gone; who did what
    and when stays. The letters' stubs must be written before: the database looks for them."""
    session.flush()
    given = {"documents": documents, "arrivals": arrivals, "drafts": drafts, "people": people}
    told = text("SELECT forget_said(:documents, :arrivals, :drafts, :people)").bindparams(
        *(bindparam(name, type_=ARRAY(BigInteger)) for name in given)
    )
    session.execute(told, {name: list(ids) for name, ids in given.items()})


def _asked(session: Session, query: str, **given: Sequence[int]) -> list[int]:
    return list(session.scalars(_bound(query, tuple(given)), {name: list(ids) for name, ids in given.items()}))


def _bound(query: str, names: Sequence[str]):  # type: ignore[no-untyped-def]
    return text(query).bindparams(*(bindparam(name, type_=_IDS[name]) for name in names))
