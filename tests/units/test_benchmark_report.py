"""A run of some benchmarks leaves on the page what others measured."""

from pathlib import Path

from benchmarks.report import MARK, Report


def test_writing_keeps_rows_and_notes_of_other_runs(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# What people wrote\n{MARK}\n", encoding="utf-8")
    for name, said in (("million", "10 000: of million"), ("stores", "stores: first"), ("stores", "stores: second")):
        report = Report()
        report.row(name, 1, "letters/s")
        report.note(said)
        report.write(page)
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# What people wrote"
    assert [line.split(" | ")[0] for line in lines if line.startswith("| ")][2:] == ["| million", "| stores"]
    assert [line for line in lines if line.startswith("* ")] == ["* 10 000: of million", "* stores: second"]
