"""The top level of the package: every public name, none of them imported before it is asked for."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import bayes_sora as bs

HEAVY = ("numpy", "pandas", "scipy", "xarray", "pymc", "arviz", "nutpie", "matplotlib", "zarr", "click")


def test_import_is_light():
    """`import bayes_sora`, `dir` and the errors need none of the heavy packages."""
    script = f"""
import sys, bayes_sora
dir(bayes_sora), bayes_sora.InputError
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", bs.__all__)
def test_public_name_is_there_and_documented(name):
    """Each name of `__all__` is the object of its own module, is listed by `dir`, and has a docstring."""
    value = getattr(bs, name)
    home = import_module(f"bayes_sora.{bs._HOMES[name]}")
    assert value is getattr(home, name)
    assert name in dir(bs)
    assert value.__doc__


def test_names_are_stated_alike_everywhere():
    """`__all__`, the table of homes and the imports that type checkers read hold the same names."""
    tree = ast.parse(Path(bs.__file__).read_text(encoding="utf-8"))
    typed = {
        (alias.name, (node.module or "").removeprefix("bayes_sora."))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bayes_sora.")
        for alias in node.names
    }
    assert dict(typed) == bs._HOMES
    assert sorted(bs._HOMES) == sorted(bs.__all__)


def test_unknown_name_is_an_attribute_error():
    """A slip of the pen is told as such."""
    with pytest.raises(AttributeError, match="no attribute 'fti'"):
        _ = bs.fti
