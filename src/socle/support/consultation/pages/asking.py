"""Numbers in the address of a page, and what its forms send."""

from typing import Final

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page

RULE = "consultation"
MOST_TEXT: Final = 8_000_000  # bytes of a field: a text far too long is still handed back, not dropped


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
