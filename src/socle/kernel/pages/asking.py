"""What the address of a page asks: nothing unknown is passed over in silence."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, TypeVar

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.pages.page import Page

RULE: Final = "SOCLE-ADDRESS"
_ALWAYS: Final = frozenset({"lang"})
_Choice = TypeVar("_Choice", bound=StrEnum)


def only(page: Page, *names: str) -> None:
    """That the address has no other parameter than these, none twice. Raises: Problem(INVALID) that names each one."""
    sent = [name for name, _ in page.request.query_params.multi_items()]
    known = ", ".join(names)
    issues = [
        Issue(
            Text(
                f"Le paramètre « {name[:60]} » n'existe pas ici. "
                + (f"Paramètres de cette page : {known}." if names else "Cette page n'en a aucun."),
                f"There is no parameter “{name[:60]}” here. "
                + (f"Parameters of this page: {known}." if names else "This page has none."),
            ),
            (name[:60],),
            RULE,
        )
        for name in dict.fromkeys(sent)
        if name not in names and name not in _ALWAYS
    ]
    issues += [
        Issue(
            Text(f"Le paramètre « {name} » est donné deux fois.", f"Parameter “{name}” is given twice."), (name,), RULE
        )
        for name in dict.fromkeys(sent)
        if (name in names or name in _ALWAYS) and sent.count(name) > 1
    ]
    if issues:
        raise Problem(Kind.INVALID, *issues)


def one_of(page: Page, name: str, values: Iterable[str], default: str = "") -> str:
    """A parameter among known values. Raises: Problem(INVALID) that lists them."""
    asked, known = page.query(name), list(values)
    if asked and asked not in known:
        shown = ", ".join(known)
        raise wrong(
            name,
            f"« {asked[:60]} » : valeurs possibles de « {name} » : {shown}.",
            f"“{asked[:60]}”: possible values of “{name}”: {shown}.",
        )
    return asked or default


def choice(page: Page, name: str, values: type[_Choice]) -> _Choice | None:
    """A parameter among the values of an enumeration, None when it is not given. Raises: Problem(INVALID)."""
    asked = one_of(page, name, (value.value for value in values))
    return values(asked) if asked else None


def wrong(name: str, fr: str, en: str) -> Problem:
    """A parameter whose value is not understood."""
    return Problem(Kind.INVALID, Issue(Text(fr, en), (name,), RULE))
