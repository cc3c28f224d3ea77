"""What stands before destruction, and how the history forgets. The triggers: what is held is not destroyed, whatever program asks (faults.md T13).

A hold stands while it is not lifted; one that was ever placed is never deleted. The services look at holds under lock
and refuse in words; these refuse what does not come through the services.
"""

from __future__ import annotations

_HELD = """
  SELECT FROM hold h WHERE h.lifted_at IS NULL AND (h.document_id = {document} OR h.case_file_id = {case_file}
    OR h.case_index_id = (SELECT c.case_index_id FROM case_file c WHERE c.case_file_id = {case_file}){more})"""
_ANY = " OR h.document_id IN (SELECT e.document_id FROM case_file_entry e WHERE e.case_file_id = NEW.case_file_id)"


def _refuse(name: str, held: str, row: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS ({held}) THEN"
        f" RAISE EXCEPTION 'a hold stands: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = '23001';"
        f" END IF; RETURN {row}; END $$"
    )


_PAPER = "(SELECT d.case_file_id FROM document d WHERE d.document_id = OLD.document_id)"

STAND = (
    _refuse("case_held", _HELD.format(document="NULL", case_file="NEW.case_file_id", more=_ANY), "NEW"),
    _refuse("letter_held", _HELD.format(document="NEW.document_id", case_file="NEW.case_file_id", more=""), "NEW"),
    _refuse("paper_held", _HELD.format(document="OLD.document_id", case_file=_PAPER, more=""), "OLD"),
    "CREATE FUNCTION hold_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'a hold is lifted once, never changed or deleted' USING ERRCODE = '23001'; END $$",
    # The application may not change history; this empties what was said of destroyed letters, and nothing else can be
    # made of it: the guard of each row looks for the stub (edms.db.roles).
    "CREATE FUNCTION forget_said(letters bigint[], arrivals bigint[], drafts bigint[], people bigint[]) RETURNS void"
    " LANGUAGE plpgsql"
    " SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN PERFORM set_config('edms.forgets', 'yes', true);"
    " UPDATE event SET detail = '{}' WHERE detail <> '{}' AND (document_id = ANY(letters)"
    " OR (subject_kind = 'arrival' AND subject_id = ANY(arrivals)) OR (subject_kind = 'draft' AND subject_id = ANY(drafts))"
    " OR (subject_kind = 'correspondent' AND subject_id = ANY(people)));"
    " PERFORM set_config('edms.forgets', 'no', true); END $$",
    "CREATE TRIGGER case_held BEFORE UPDATE OF state ON case_keeping FOR EACH ROW"
    " WHEN (NEW.state = 'destroyed' AND OLD.state <> 'destroyed') EXECUTE FUNCTION case_held()",
    "CREATE TRIGGER letter_held BEFORE UPDATE OF state ON document FOR EACH ROW"
    " WHEN (NEW.state = 'destroyed' AND OLD.state <> 'destroyed') EXECUTE FUNCTION letter_held()",
    "CREATE TRIGGER paper_held BEFORE DELETE ON document_content FOR EACH ROW EXECUTE FUNCTION paper_held()",
    "CREATE TRIGGER hold_deleted BEFORE DELETE ON hold FOR EACH ROW EXECUTE FUNCTION hold_stays()",
    "CREATE TRIGGER hold_changed BEFORE UPDATE ON hold FOR EACH ROW WHEN (OLD.lifted_at IS NOT NULL)"
    " EXECUTE FUNCTION hold_stays()",
)
FALL = (
    "DROP TRIGGER case_held ON case_keeping",
    "DROP TRIGGER letter_held ON document",
    "DROP TRIGGER paper_held ON document_content",
    "DROP TRIGGER hold_deleted ON hold",
    "DROP TRIGGER hold_changed ON hold",
    "DROP FUNCTION forget_said(bigint[], bigint[], bigint[], bigint[])",
    *(f"DROP FUNCTION {name}()" for name in ("case_held", "letter_held", "paper_held", "hold_stays")),
)
