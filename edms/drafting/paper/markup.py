"""The little markup of letters: paragraphs, lists, a table, bold and italic. Everything else is text and stays text."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# Up to the next pair of stars and no farther: a long text full of stars is read once, not once from each of them.
BOLD = re.compile(r"\*\*(?=\S)((?:[^*]|\*(?!\*))+)(?<=\S)\*\*")
ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])")
BULLET = re.compile(r"[-–•]\s+")
ORDINAL = re.compile(r"(\d{1,3})[.)]\s+")


def as_html(text: str) -> Markup:
    """A letter's text as safe HTML.

    A blank line ends a paragraph. Lines that begin with "- " are a list, with "1. " a numbered one (it keeps its
    numbers), with "|" a table whose first row is its head. **bold**, *italic*.
    """
    blocks = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())
    return Markup("\n").join(_block(block) for block in blocks if block.strip())


def _block(block: str) -> Markup:
    lines = [line.strip() for line in block.splitlines() if line.strip()]
    if all(BULLET.match(line) for line in lines):
        return Markup("<ul>{}</ul>").format(_items(BULLET, lines))
    if all(ORDINAL.match(line) for line in lines):
        return Markup("<ol>{}</ol>").format(_numbered(lines))
    if all(line.startswith("|") for line in lines) and (rows := _rows(lines)):
        return _table(rows)
    return Markup("<p>{}</p>").format(Markup("<br>").join(_inline(line) for line in lines))


def _items(sign: re.Pattern[str], lines: list[str]) -> Markup:
    return Markup("").join(Markup("<li>{}</li>").format(_inline(sign.sub("", line, count=1))) for line in lines)


def _numbered(lines: list[str]) -> Markup:
    parts = [(ORDINAL.match(line), ORDINAL.sub("", line, count=1)) for line in lines]
    item = Markup('<li value="{}">{}</li>')
    return Markup("").join(item.format(sign[1] if sign else "", _inline(rest)) for sign, rest in parts)


def _rows(lines: list[str]) -> list[list[str]]:
    """The cells of each line but those that only rule off the head."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if not all(re.fullmatch(r":?-{3,}:?", cell) for cell in row)]


def _table(rows: list[list[str]]) -> Markup:
    head = Markup("").join(Markup("<th>{}</th>").format(_inline(cell)) for cell in rows[0])
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(_inline(cell)) for cell in row))
        for row in rows[1:]
    )
    return Markup('<table class="plain"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(head, body)


def _inline(line: str) -> Markup:
    safe = str(escape(line))
    return Markup(ITALIC.sub(r"<em>\1</em>", BOLD.sub(r"<strong>\1</strong>", safe)))  # noqa: S704  escaped above
