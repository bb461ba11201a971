"""The one door through which a file of a stranger is read, and the budget that each kind of file has."""

from bayes_sora.files.regular import NotAFile, open_regular, read_regular
from bayes_sora.files.toml import TooDeep, parse_toml

__all__ = ["NotAFile", "TooDeep", "open_regular", "parse_toml", "read_regular"]
