"""What the command line says: results on standard output, everything else on standard error."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)
_UNBOUND: Final = 10_000  # columns, where nothing is a screen


class CommandError(Exception):
    """A failure that the person at the keyboard can understand and act on; one line."""

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def complain(message: str) -> None:
    """Say what went wrong, on one line of standard error."""
    ERR.print(f"[bold red]socle:[/bold red] {escape(message)}", markup=True)


def say(message: str) -> None:
    """Progress and advice, on standard error: standard output is for what scripts read."""
    ERR.print(message)


def lay_out(headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = ()) -> None:
    """Print a table on standard output: on a screen what is too long is folded, never cut; elsewhere a row is one line.

    The first column is what one copies: it gives way last.
    numbers  which columns hold numbers
    """
    table = Table(box=None, pad_edge=False)
    right = frozenset(numbers)
    for rank, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=not rank, justify="right" if rank in right else "left")
    for row in rows:
        table.add_row(*map(escape, row))
    screen = OUT if OUT.is_terminal else Console(highlight=False, width=_UNBOUND)
    screen.print(table)
