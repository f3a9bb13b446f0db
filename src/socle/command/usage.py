"""Arguments that are wrong, and the frame of --help, in the words of this house: typer says them in English only."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import typer
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

from socle.command.language import LANGUAGE, t

# typer brings its own click, without a public name: what it raises is told by its public exception's ancestors.
WrongUsage: Final[type[Exception]] = typer.BadParameter.__mro__[2]
_MESSAGES: Final[tuple[tuple[str, str, str], ...]] = (
    (r"No such command '(.*)'\..*", "la commande « {} » n'existe pas", "there is no command “{}”"),
    (r"Missing command\.", "il manque une commande", "a command is missing"),
    (r"Option '(.*)' requires an argument\.", "{} demande une valeur", "{} needs a value"),
    (r"Option '(.*)' does not take a value\.", "{} ne prend pas de valeur", "{} takes no value"),
    (r"Got unexpected extra argument\(s\) \((.*)\)", "argument en trop : {}", "one argument too many: {}"),
    (r"Input should be less than or equal to (.*)", "au plus {}", "{} at most"),
    (r"Input should be greater than or equal to (.*)", "au moins {}", "{} at least"),
    (r"Input should be a valid integer.*", "un nombre entier est attendu", "a whole number is expected"),
    (r"Input should be a valid number.*", "un nombre est attendu", "a number is expected"),
)


def told(error: Any) -> str:
    """What is wrong with the arguments, in one sentence, and the command that explains; "" when help was the answer."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return ""
    path = getattr(getattr(error, "ctx", None), "command_path", "")
    where = f"socle{path.partition('socle')[2]}"  # whatever it was started by
    return f"{_what(error)}. " + t(f"« {where} --help » l'explique.", f"“{where} --help” explains it.")


def _what(error: Any) -> str:
    if hasattr(error, "possibilities"):
        near = ", ".join(error.possibilities or ())
        return t(f"l'option {error.option_name} n'existe pas", f"there is no option {error.option_name}") + (
            t(f" ; proches : {near}", f"; close: {near}") if near else ""
        )
    param = getattr(error, "param", None)
    if param is None:
        return _sentence(str(error.message)) or str(error.message).rstrip(".")
    name = " / ".join(param.opts) if param.param_type_name == "option" else param.get_error_hint().strip("'")
    if hasattr(error, "param_type"):
        return t(f"il manque {name}", f"{name} is missing")
    return f"{name}{t(' :', ':')} {_sentence(str(error.message)) or str(error.message).rstrip('.')}"


def _sentence(message: str) -> str:
    for pattern, fr, en in _MESSAGES:
        if shape := re.fullmatch(pattern, message, re.DOTALL):
            return t(fr, en).format(*shape.groups())
    return ""


@cache
def frame_help() -> None:
    """Have the frame of --help (titles, defaults, what is required) say its words in the language of this run, once."""
    if LANGUAGE == "en":
        return
    rich_utils.COMMANDS_PANEL_TITLE = "Commandes"
    rich_utils.DEFAULT_STRING = "[par défaut : {}]"
    rich_utils.ENVVAR_STRING = "[variable : {}]"
    rich_utils.REQUIRED_LONG_STRING = "[obligatoire]"
    for kind in (TyperCommand, TyperGroup):
        kind.get_help_option = _explained(kind.get_help_option)  # type: ignore[method-assign, assignment] # its words are no setting of typer


def _explained(given: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def get_help_option(self: Any, ctx: Any) -> Any:
        option = given(self, ctx)
        if option is not None:
            option.help = "Montre cette aide."
        return option

    return get_help_option
