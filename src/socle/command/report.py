"""What the command line says: results on standard output, everything else on standard error."""

from rich.console import Console
from rich.markup import escape

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


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
