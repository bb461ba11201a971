"""Help must answer at once: it may import nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bayes_sora.cli.main import COMMANDS
from bayes_sora.cli.study import SUBCOMMANDS as STUDY

HEAVY = (
    "jax",
    "numpy",
    "pandas",
    "scipy",
    "xarray",
    "pymc",
    "arviz",
    "nutpie",
    "matplotlib",
    "jinja2",
    "zarr",
    "lifelines",
)
SUBCOMMANDS = [
    ["--help"],
    *([name, "--help"] for name in COMMANDS),
    *(["models", s, "--help"] for s in ("list", "show", "lint")),
    *(["study", s, "--help"] for s in STUDY),
]
GROUPS = (["models", "--help"], ["study", "--help"])
ASK = """
import sys
from bayes_sora.cli.main import main
for arguments in {asked!r}:
    main(arguments, standalone_mode=False)
print("HEAVY:", *(name for name in {heavy!r} if name in sys.modules))
"""


def test_no_help_imports_anything_heavy():
    """One process prints the help of every command and afterwards has imported none of the heavy packages."""
    script = ASK.format(asked=SUBCOMMANDS, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY:"
    assert done.stdout.count("Usage:") == len(SUBCOMMANDS)


@pytest.mark.parametrize("path", SUBCOMMANDS, ids=" ".join)
def test_no_help_shows_its_markup(call, path):
    """What tells click how to lay a text out (a backspace, a form feed) is never printed, and examples keep lines."""
    shown = call(*path).stdout
    assert "\\" not in shown
    assert "\b" not in shown
    examples = shown.partition("Examples:\n")[2]
    assert all(line.strip().startswith("bayes-sora ") for line in examples.splitlines() if line.strip())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_offers_json_and_says_what_it_does(call, name):
    """Every command (of `models` and `study`, every sub-command) has --json and a line in the list of commands."""
    listed = call("--help").stdout
    assert f"  {name} " in listed
    assert "..." not in listed.split("Commands:")[1]
    helps = [call(*path).stdout for path in SUBCOMMANDS if path[0] == name and path not in GROUPS]
    assert all("--json" in text for text in helps)


def test_help_names_the_exit_codes(call):
    """A script's author finds the exit codes in the help."""
    assert "4 fit not trustworthy, 5 study incomplete, 130 interrupted" in call("-h").stdout


def test_version_is_that_of_the_package(call):
    """--version prints the version that provenance records."""
    from importlib.metadata import version  # noqa: PLC0415

    assert version("bayes-sora") in call("--version").stdout


def test_module_and_script_are_the_same_program():
    """``python -m bayes_sora`` calls itself bayes-sora."""
    done = subprocess.run([sys.executable, "-m", "bayes_sora", "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: bayes-sora ")
