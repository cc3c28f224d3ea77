"""Filing: the year's list of case indexes, case files, and letters put into them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.filing import case_files, plan
from edms.filing.lines import IndexLine
from edms.filing.models import CaseFile, CaseFileState
from edms.overview.cases import case_file_page
from edms.registry.documents import document_of
from edms.retention import schedule
from edms.staff.organisations import organisation_of
from edms.web.api.documents import DocumentShown
from edms.web.api.layer import Match, change, create, read
from edms.web.api.lines import LetterShown, letter
from edms.web.api.paging import page, place, whole
from edms.web.api.shapes import Asked, Line, Names, Page, Paged, Shown, Thing, shown
from edms.web.kit import t

Year = Annotated[int, Field(ge=1990, le=2199)]
Index = Annotated[Line, Field(max_length=20)]


class CaseIndexShown(Thing):
    """One line of the year's nomenclature."""

    PLACE: ClassVar[str] = "/case-indexes/{case_index_id}"
    case_index_id: int
    year: int
    index: str
    titles: dict[str, Any]
    unit_id: int | None
    retention_class: str
    article: str | None
    carry_over: bool
    note: str | None
    withdrawn_at: datetime | None


class CaseIndexGiven(Asked):
    """A line of the list. `unit` is the unit's index."""

    index: Index
    titles: Names
    retention_class: Line
    article: Line | None = None
    unit: Line | None = None
    carry_over: bool = False
    note: Line | None = None


class CaseIndexEntered(CaseIndexGiven):
    """A new line of a year's list."""

    year: Year


class RetentionClassShown(Shown):
    """How long something is kept; `years` null is permanently, or with the record it belongs to."""

    name: str
    text: str
    years: int | None


class YearWanted(Paged):
    """Of which year."""

    year: Year


class CaseFileShown(Thing):
    """A volume of a case: letters in the order in which they were filed."""

    PLACE: ClassVar[str] = "/case-files/{case_file_id}"
    case_file_id: int
    case_index_id: int
    index: str
    year: int
    volume: int
    state: CaseFileState
    opened_on: date
    closed_on: date | None
    sheets: int


class Filed(Shown):
    """A letter in its place."""

    position: int
    sheets: int
    filed_at: datetime
    document: LetterShown


class Filing(Asked):
    """Into which case, by default the one on its card; of which year, by default this one."""

    case_index: Index | None = None
    year: Year | None = None


@read("/retention-classes")
def classes(session: Session, who: Actor) -> Page[RetentionClassShown]:
    """The classes that a line of the list can have, in the country's schedule."""
    require(who, Permission.FILE_PLAN_READ)
    here = organisation_of(session, who, who.organisation_id or 0)
    return Page(
        items=[
            RetentionClassShown(name=line.name, text=t(f"retention.class.{line.name}"), years=line.years)
            for line in schedule(here.country)
        ]
    )


@read("/case-indexes")
def indexes(session: Session, who: Actor, query: YearWanted) -> Page[CaseIndexShown]:
    """The list of a year, in the order of indexes."""
    rows = plan.case_indexes(session, who, year=query.year)
    return whole(rows, query, CaseIndexShown.of, lambda row: row.case_index_id)


@create("/case-indexes")
def enter(session: Session, who: Actor, body: CaseIndexEntered) -> CaseIndexShown:
    """Add a line to a year's list (archivists)."""
    here = organisation_of(session, who, who.organisation_id or 0)
    made = plan.enter(session, who, here, _line(body), year=body.year, classes=_classes(here.country))
    return shown(session, CaseIndexShown, made)


@read("/case-indexes/{case_index_id}")
def one_index(session: Session, who: Actor, case_index_id: int) -> CaseIndexShown:
    """One line."""
    return CaseIndexShown.of(plan.case_index_of(session, who, case_index_id))


@change("/case-indexes/{case_index_id}", "PUT")
def replace(session: Session, who: Actor, case_index_id: int, body: CaseIndexGiven, match: Match) -> CaseIndexShown:
    """Correct a line; its index stays (archivists)."""
    row = plan.case_index_of(session, who, case_index_id)
    match.check(session, row)
    here = organisation_of(session, who, row.organisation_id)
    plan.change(session, who, row, _line(body), version=row.version, classes=_classes(here.country))
    return shown(session, CaseIndexShown, row)


@change("/case-indexes/{case_index_id}/withdraw")
def withdraw(session: Session, who: Actor, case_index_id: int, match: Match) -> CaseIndexShown:
    """Take a line off the list; what lies under it stays (archivists)."""
    row = plan.case_index_of(session, who, case_index_id)
    match.check(session, row)
    plan.withdraw(session, who, row, version=row.version)
    return shown(session, CaseIndexShown, row)


@read("/case-files")
def index(session: Session, who: Actor, query: YearWanted) -> Page[CaseFileShown]:
    """The case files of a year, by index and volume."""
    after = place(query, str, int)
    rows = case_files.case_files(session, who, year=query.year, after=after, limit=query.limit + 1)
    return page(rows, query, _case, lambda row: (row.case_index.index, row.volume))


@read("/case-files/{case_file_id}")
def show(session: Session, who: Actor, case_file_id: int) -> CaseFileShown:
    """One case file."""
    return _case(case_files.case_file_of(session, who, case_file_id))


@read("/case-files/{case_file_id}/documents")
def documents(session: Session, who: Actor, case_file_id: int, query: Paged) -> Page[Filed]:
    """Its letters that one may see, in the order of filing."""
    row = case_files.case_file_of(session, who, case_file_id)
    after = place(query, int)
    rows = case_file_page(session, who, row, after=after[0] if after else 0, limit=query.limit + 1)
    return page(
        rows,
        query,
        lambda pair: Filed(
            position=pair[0].position, sheets=pair[0].sheets, filed_at=pair[0].filed_at, document=letter(pair[1])
        ),
        lambda pair: (pair[0].position,),
    )


@change("/case-files/{case_file_id}/close")
def close(session: Session, who: Actor, case_file_id: int, match: Match) -> CaseFileShown:
    """Close a volume: it takes no more letters (archivists)."""
    row = case_files.case_file_of(session, who, case_file_id)
    match.check(session, row)
    case_files.close(session, who, row)
    session.flush()  # the version is the one of after the act
    return _case(row)


@change("/documents/{document_id}/file")
def file(session: Session, who: Actor, document_id: int, body: Filing, match: Match) -> DocumentShown:
    """Put a letter into its case: it is closed."""
    document = document_of(session, who, document_id, lock=True)
    match.check(session, document)
    case_files.file_document(session, who, document, case_index=body.case_index, year=body.year)
    return shown(session, DocumentShown, document)


def _case(row: CaseFile) -> CaseFileShown:
    return CaseFileShown.of(row, index=row.case_index.index, year=row.case_index.year)


def _line(given: CaseIndexGiven) -> IndexLine:
    return IndexLine(
        index=given.index, titles={str(name): title for name, title in given.titles.items()}, retention_class=given.retention_class, article=given.article,
        unit_index=given.unit, carry_over=given.carry_over, note=given.note,
    )  # fmt: skip


def _classes(country: str) -> set[str]:
    return {line.name for line in schedule(country)}
