"""Families of commands that are imported when they are asked for: a command starts in a third of the time."""

from typing import Any, Final

from typer.core import TyperGroup
from typer.main import get_command

from socle.command.language import t

DOCTRINE: Final = t(
    "La doctrine en données : vérifier, comparer, exporter, commencer une édition.\n\n"
    "Une édition est un dossier de fichiers Markdown et YAML ; son format est décrit dans docs/guides/doctrine.md. Là où "
    "une commande demande une édition, donnez son année (2026) ou le dossier où elle est.",
    "The doctrine as data: check, compare, export, begin an edition.\n\n"
    "An edition is a folder of Markdown and YAML files; docs/guides/doctrine.md describes the format. Where a command asks "
    "for an edition, give its year (2026) or the folder that holds it.",
)


class Families(TyperGroup):
    """The commands of `socle`. Those of the doctrine bring half of the house with them: here they are only named."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # typer brings its own click, without a public name
        """The command that `args` begin with."""
        if args[:1] == ["doctrine"]:
            from socle.command import doctrine

            self.commands["doctrine"] = get_command(doctrine.app)
        return super().resolve_command(ctx, args)
