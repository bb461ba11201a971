"""One problem is one line, whatever the names and cells it quotes hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.errors import InputError, Problem, one_line, shortened

HOSTILE = "P1\n  C999 cohort.csv: all is well\r\x1b[2J\u202e\u2028\x85"


@pytest.mark.parametrize("place", ["file", "patient", "column", "value", "why", "remedy"])
def test_no_text_can_forge_a_line_of_a_message(place):
    """Line breaks and control characters of an id, a header, a cell or a file name are written out."""
    problem = Problem(**{"code": "C020", "why": "why", "remedy": "Remedy.", place: HOSTILE})
    assert str(problem).isprintable()
    assert len(str(InputError([problem, problem])).splitlines()) == 2


@pytest.mark.parametrize(("place", "longest"), [("file", 122), ("patient", 60), ("column", 120), ("value", 62)])
def test_a_long_name_is_shortened(place, longest):
    """An id of a page takes a line, not a page, and the message shows that it was longer."""
    plain = len(str(Problem(code="C020", why="why", remedy="Remedy.", **{place: ""})))
    message = str(Problem(code="C020", why="why", remedy="Remedy.", **{place: "P" * 100_000}))
    assert len(message) <= plain + longest
    assert "…" in message


def test_the_text_of_an_error_does_not_grow_with_the_file():
    """Of a million wrong cells the text says the first thousand and how many more; the error has all."""
    error = InputError([Problem(code="C020", why="why", remedy="Remedy.", row=row) for row in range(5000)])
    assert len(error.problems) == 5000
    assert len(str(error).splitlines()) == 1001
    assert str(error).endswith("… and 4000 more")


@given(st.text(), st.integers(1, 80))
def test_a_shortened_text_is_one_printable_line(text, limit):
    """Any text becomes at most `limit` printable characters; a short plain one stays as it is."""
    line = shortened(text, limit=limit)
    assert line.isprintable()
    assert len(line) <= limit
    if text.isprintable() and len(text) <= limit and " ".join(text.split()) == text:
        assert line == text


@given(st.text())
def test_written_out_characters_can_be_read_back(text):
    """What cannot be printed is written as Python writes it; everything else is untouched."""
    assert one_line(text).isprintable()
    if "\\" not in text:
        printable = "".join(char for char in text if char.isprintable())
        assert one_line(printable) == printable
