"""The rules that keep the house in order: what may be committed, how files are shaped, what is documented."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

import bayes_sora as bs

REPOSITORY = Path(__file__).resolve().parent.parent
MODULES = sorted((REPOSITORY / "bayes_sora").rglob("*.py"))
PAGES = sorted(
    path for folder in (".", "docs", "docs/decisions", "benchmarks") for path in REPOSITORY.glob(f"{folder}/*.md")
)

MAX_LINES = 400
# Hosts that a text may name: licences, citations, standards, schemas of file formats, and this machine itself.
KNOWN_HOSTS = {"www.apache.org", "doi.org", "keepachangelog.com", "www.w3.org", "127.0.0.1", "localhost", "x"}
HOST = re.compile(r"https?://([\w.-]+)")
MACHINE_PATH = re.compile(r"""(?:^|[\s"'`(=:])/(?:home|root|work|opt|tmp|Users)/\w""", re.MULTILINE)
# Not asked of a docstring: what the house says in fewer words (a summary that begins with "Return", a parameter whose
# type says all), examples and cross-references everywhere, a summary on the line after the quotes. PR01 counts the
# Attributes of a frozen value as undocumented parameters; test_every_argument_is_documented asks instead.
NOT_ASKED = {"ES01", "EX01", "GL01", "PR01", "PR07", "RT01", "RT03", "SA01"}

DOCUMENTED = sorted(set(bs.__all__) - {"SCENARIOS"})  # a mapping has no docstring of its own


@pytest.fixture(scope="module")
def committed() -> dict[str, str]:
    """Return every text that git tracks or would track, by path."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("what is committed can be asked in a git checkout only")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = [path for path in listed.split("\0") if path and (REPOSITORY / path).is_file()]
    contents = {path: (REPOSITORY / path).read_bytes() for path in paths}
    return {path: raw.decode("utf-8", errors="replace") for path, raw in contents.items() if b"\0" not in raw}


def test_no_file_names_a_host(committed):
    """A URL in a committed file leads to a known public page, never to a package index or a machine."""
    named = {(path, host) for path, text in committed.items() for host in HOST.findall(text)}
    assert not {(path, host) for path, host in named if host not in KNOWN_HOSTS}


def test_no_file_names_a_path_of_a_machine(committed):
    """No committed file holds an absolute path below a home, work or temporary folder."""
    assert not [path for path, text in committed.items() if MACHINE_PATH.search(text)]


def test_no_lock_file_is_committed(committed):
    """Lock files name package hosts and stay on the machine that made them."""
    assert not [path for path in committed if path.endswith((".lock", "package-lock.json"))]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_module_is_short_documented_and_silent(path):
    """A module has at most 400 lines and a docstring, and prints nothing outside the command line."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert len(source.splitlines()) <= MAX_LINES
    assert ast.get_docstring(tree)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert "print" not in called or path.parent.name == "cli"


def test_public_names_are_listed_once_and_resolve():
    """`bayes_sora.__all__` is what can be asked of the package: no name twice, none that is missing."""
    assert len(set(bs.__all__)) == len(bs.__all__)
    assert set(bs.__all__) <= set(dir(bs))
    assert all(hasattr(bs, name) for name in bs.__all__)


def test_unknown_public_name_is_refused():
    """A misspelt name is an AttributeError that names it."""
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        _ = bs.fitt


@pytest.mark.parametrize("name", DOCUMENTED)
def test_public_docstring_is_valid_numpydoc(name):
    """A public docstring keeps the numpydoc convention."""
    errors = validate(f"bayes_sora.{name}")["errors"]
    assert not [(code, words) for code, words in errors if code not in NOT_ASKED]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_argument_is_documented(name):
    """Each argument of a public function, and each field of a public value, has its entry or stands in the prose."""
    public = getattr(bs, name)
    text = inspect.getdoc(public) or ""
    sections = NumpyDocString(text)
    entries = [entry.name for section in ("Parameters", "Attributes") for entry in sections[section]]
    documented = {part.strip(" *") for entry in entries for part in entry.split(",")}
    asked = _fields(public) if dataclasses.is_dataclass(public) else _arguments(public)
    assert [one for one in asked if one not in documented and f"`{one}`" not in text] == []


def test_every_released_model_is_documented():
    """The page on model files names each released one."""
    page = (REPOSITORY / "docs" / "model-files.md").read_text(encoding="utf-8")
    assert [model.name for model in bs.list_models() if f"`{model.name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_links_lead_somewhere(page):
    """Every relative link and picture of a page exists."""
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


def _fields(public: type) -> list[str]:
    return [field.name for field in dataclasses.fields(public) if field.init]


def _arguments(public: object) -> list[str]:
    if inspect.isclass(public) and public.__init__ is Exception.__init__:
        return []
    return list(inspect.signature(public).parameters)
