"""``bayes-sora study``: simulation studies; each sub-command is imported only when it is called."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBCOMMANDS: Mapping[str, str] = MappingProxyType(
    {name: f"bayes_sora.cli.study_{name}" for name in ("run", "status", "report", "size", "lint")}
)


class StudyGroup(click.Group):
    """The sub-commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the work."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the module of a sub-command; None when there is no such one."""
        if cmd_name not in SUBCOMMANDS:
            return None
        command: click.Command = import_module(SUBCOMMANDS[cmd_name]).command
        return command


@click.group(name="study", cls=StudyGroup, short_help="Simulation studies and sample size.")
def command() -> None:
    """Plan, run and summarise simulation studies: what so many patients can tell about a window.

    Start with `bayes-sora study run quick --out quick`.
    """
