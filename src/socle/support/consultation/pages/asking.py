"""What the address of a page asks: nothing unknown is passed over in silence."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, TypeVar

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.pages import Form, Page

RULE = "consultation"
MOST_TEXT: Final = 8_000_000  # bytes of a field: a text far too long is still handed back, not dropped
_ALWAYS = frozenset({"lang"})
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
            (name,),
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
        raise Problem.of(
            Kind.INVALID,
            f"« {asked[:60]} » : valeurs possibles de « {name} » : {shown}.",
            f"“{asked[:60]}”: possible values of “{name}”: {shown}.",
            expression=name,
            rule=RULE,
        )
    return asked or default


def choice(page: Page, name: str, values: type[_Choice]) -> _Choice | None:
    """A parameter among the values of an enumeration, None when it is not given. Raises: Problem(INVALID)."""
    asked = one_of(page, name, (value.value for value in values))
    return values(asked) if asked else None


def number_in(page: Page, name: str) -> int:
    """A number in the path. Raises: Problem(NOT_FOUND) when it is none."""
    said = page.path(name)
    if not said.isascii() or not said.isdecimal() or len(said) > 18:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"« {said[:40]} » n'est pas un numéro : l'adresse d'une contribution finit par son numéro.",
            f"“{said[:40]}” is not a number: the address of a contribution ends with its number.",
            rule=RULE,
        )
    return int(said)


async def sent(page: Page, most_bytes: int = MOST_TEXT, *, files: str = "") -> tuple[Form, list[tuple[str, bytes]]]:
    """What a form sent, texts beyond what the rules allow included; and the files of the field `files`: name, content.

    Raises: Problem(TOO_LARGE) before anything is read.
    """
    length = page.request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > most_bytes:
        raise Problem.of(
            Kind.TOO_LARGE,
            f"L'envoi dépasse {most_bytes // 1_000_000} Mo : revenez à la page précédente (votre texte y est encore), "
            "et joignez des fichiers plus petits.",
            f"This is larger than {most_bytes // 1_000_000} MB: go back to the previous page (your text is still there), "
            "and attach smaller files.",
            rule=RULE,
        )
    async with page.request.form(max_part_size=MOST_TEXT, max_files=20 if files else 0, max_fields=50) as received:
        form = Form()
        kept = []
        for name, value in received.multi_items():
            if isinstance(value, str):
                form.values.setdefault(name, []).append(value)
            elif name == files and value.filename:
                kept.append((value.filename, await value.read()))
        return form, kept
