"""TOML is parsed after its levels were counted, and the count is that of what the parser would build."""

from __future__ import annotations

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_sora.files import TooDeep, parse_toml

SHALLOW = {
    "eight names": "a.b.c.d.e.f.g.h = 1",
    "eight brackets": "a = [[[[[[[[]]]]]]]]",
    "text with brackets": "a = '[[[[[[[[[[' # [[[[[[[[[[[",
    "text with dots": 'a = "a.b.c.d.e.f.g.h.i.j.k"',
    "name with dots": '"a.b.c.d.e.f.g.h.i.j" = 1',
    "long text": 'a = """\n[[[[[[[[[[[\n"[[[[[[[[[[[[" a.b.c.d.e.f.g.h.i.j """""',
    "long plain text": "a = '''[[[[[[[[[\n'[[[[[[[[[[ '''''",
    "quotes before a bracket": 'a = ["""x""""", [1], "y"]',
    "escaped quotes": 'a = "\\"[[[[[[[[[[[[[[" # "',
    "neighbours": "a = [[1], [2], [3], [4], [5], [6], [7], [8], [9], [10]]",
}
DEEP = {
    "dotted key": ("x = 1\na.b.c.d.e.f.g.h.i = 1", 2),
    "blanks around dots": ("a . b . c . d . e . f . g . h . i = 1", 1),
    "quoted names": ("\"a\".'b'.c.d.e.f.g.h.i = 1", 1),
    "header": ("\n\n[a.b.c.d.e.f.g.h.i]", 3),
    "array of tables": ("[[a.b.c.d.e.f.g.h.i]]", 1),
    "brackets": ("a = [[[[[[[[[\n]]]]]]]]]", 1),
    "inline tables": ("a = " + "{a = " * 9 + "1" + "}" * 9, 1),
    "behind a text that ends in four quotes": ('a = ["""x"""", [[[[[[[[[1]]]]]]]]], "y"]', 1),
}


@pytest.mark.parametrize("name", SHALLOW)
def test_eight_levels_are_parsed(name):
    """Brackets and dots count where they make a level, not inside texts and comments."""
    assert parse_toml(SHALLOW[name]) == tomllib.loads(SHALLOW[name])


@pytest.mark.parametrize("name", DEEP)
def test_nine_levels_are_refused_with_their_line(name):
    """However it is written, a ninth level is refused before the parser sees it."""
    text, row = DEEP[name]
    with pytest.raises(TooDeep) as refused:
        parse_toml(text)
    assert refused.value.row == row


def test_a_key_of_sixty_thousand_names_is_refused_in_no_time():
    """The parser needs minutes and gigabytes for it; counting its names takes milliseconds."""
    started = time.process_time()
    with pytest.raises(TooDeep):
        parse_toml("a." * 60_000 + "a = 1")
    assert time.process_time() - started < 1.0


_KEYS = st.text("a.[", min_size=1)
_VALUES = st.recursive(
    st.one_of(st.integers(0, 9), st.text("ab.[]{}#'\"", max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(_KEYS, inner, max_size=2)),
    max_leaves=8,
)


@given(value=_VALUES, levels=st.integers(1, 6))
def test_the_levels_counted_are_those_of_the_value(value, levels):
    """A value written as TOML is refused exactly when its lists and tables are deeper than allowed."""
    text = f"key = {_written(value)}"
    if _depth(value) <= levels:
        assert parse_toml(text, levels=levels) == {"key": value}
    else:
        with pytest.raises(TooDeep):
            parse_toml(text, levels=levels)


def _written(value):
    match value:
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case list():
            return "[" + ", ".join(map(_written, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{_written(key)} = {_written(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def _depth(value):
    if not isinstance(value, list | dict):
        return 0
    return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value), default=0)
