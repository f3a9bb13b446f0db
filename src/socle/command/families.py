"""Families of commands that are imported when they are asked for: a command starts in a third of the time."""

from typing import Any

from typer.core import TyperGroup
from typer.main import get_command


class Families(TyperGroup):
    """The commands of `socle`. Those of the doctrine bring half of the house with them: here they are only named."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # typer brings its own click, without a public name
        """The command that `args` begin with."""
        if args[:1] == ["doctrine"]:
            from socle.command import doctrine

            self.commands["doctrine"] = get_command(doctrine.app)
        return super().resolve_command(ctx, args)
