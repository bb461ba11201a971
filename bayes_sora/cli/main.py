"""The console script ``bayes-sora``: a group that imports a command only when that command is called.

To add a command, write a module whose ``command`` is a click command, importing nothing heavy at its top, and give it a
line in :data:`COMMANDS`.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from bayes_sora.cli.caches import usable_caches
from bayes_sora.cli.failure import failures_as_exit_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        name: f"bayes_sora.cli.{name}"
        for name in (
            "demo",
            "check",
            "fit",
            "report",
            "window",
            "simulate",
            "roc",
            "predict",
            "confounding",
            "models",
            "prior",
            "borrow",
            "compare",
            "study",
            "sbc",
        )
    }
)

EPILOG = """\b
Exit codes: 0 done, 2 usage (also: a folder that exists, a disk that is full), 3 bad data or model file,
4 fit not trustworthy, 5 study incomplete, 130 interrupted.
Every command takes --json: one JSON object on stdout, everything else on stderr."""


class LazyGroup(click.Group):
    """The commands by name; anything one of them raises becomes a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the module of a command; None when there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember whether JSON is asked for: a command that cannot even be parsed must answer in it too."""
        ctx.obj = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command inside the border of errors."""
        with failures_as_exit_codes(as_json=bool(ctx.obj), debug=ctx.params["debug"]), usable_caches():
            return super().invoke(ctx)


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bayes-sora")
@click.option("--debug", is_flag=True, help="Show the traceback of a fault of bayes-sora itself.")
def main(*, debug: bool) -> None:
    """Find the posterior of the optimal trough window: from a table of patients to a report.

    Start with `bayes-sora demo`.
    """
