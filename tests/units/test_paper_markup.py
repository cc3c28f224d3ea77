"""The little markup of letters: what it makes, and that everything else stays text."""

from __future__ import annotations

import pytest

from edms.drafting.paper.markup import as_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a\n4. b", '<ol><li value="3">a</li><li value="4">b</li></ol>'),
        ("1. a\n3) b", '<ol><li value="1">a</li><li value="3">b</li></ol>'),
        ("**a **b**", "<p>**a <strong>b</strong></p>"),
        ("|---|", "<p>|---|</p>"),
        ("|", '<table class="plain"><thead><tr><th></th></tr></thead><tbody></tbody></table>'),
        ("**ხაზი** და *დახრილი*", "<p><strong>ხაზი</strong> და <em>დახრილი</em></p>"),
        ("2 * 3 * 4 and 5*6*7", "<p>2 * 3 * 4 and 5*6*7</p>"),
        ("<b>&", "<p>&lt;b&gt;&amp;</p>"),
        ("**<i>x</i>**", "<p><strong>&lt;i&gt;x&lt;/i&gt;</strong></p>"),
        ("", ""),
        (" \n \n ", ""),
        ("a\r\n\r\nb", "<p>a</p>\n<p>b</p>"),
    ],
)
def test_markup(text: str, html: str) -> None:
    assert str(as_html(text)) == html


def test_table_has_its_head_and_ragged_rows_do_not_matter() -> None:
    made = str(as_html("| a | b |\n|---|---|\n| <1> |"))
    assert "<th>a</th><th>b</th>" in made and "<td>&lt;1&gt;</td>" in made and "---" not in made


def test_a_text_full_of_stars_is_read_once() -> None:
    """It took minutes, in which no other page of the process was served; a test that hangs is stopped by its time."""
    for stars in ("**a ", "*a ", "**", "*a**"):
        assert as_html(stars * 50_000)
