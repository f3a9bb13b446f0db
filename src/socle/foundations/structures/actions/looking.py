"""Looking a structure up: by its number, by words; what is meant when a number of the other nature is given."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from socle.foundations.structures.model import Fiche, Nature, NumeroFiness, Structure
from socle.foundations.structures.permissions import READ
from socle.foundations.structures.rules import natures
from socle.foundations.structures.rules.words import plain
from socle.foundations.structures.store import register
from socle.foundations.structures.store.register import Asked, Changed, Placed
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Actor, decide


async def look(database: Asked, text: str, *, by: Actor) -> Fiche:
    """The card of a structure, by its number as it was typed.

    Raises: Problem(INVALID) when it is not shaped as a FINESS number; Problem(NOT_FOUND).
    """
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    numero = NumeroFiness.read(text)
    if numero is None:
        raise Problem.of(
            Kind.INVALID,
            f"« {text[:40]} » n'est pas un numéro FINESS : 9 caractères, le deuxième peut être une lettre (2A0000014).",
            f"“{text[:40]}” is not a FINESS number: 9 characters, the second may be a letter (2A0000014).",
            rule="FINESS typeNumeroFiness",
        )
    found = await register.fiche(database, numero.value)
    if found is None:
        hint = Text("", "")
        if numero.key_holds is False:
            hint = Text(
                " Sa clé n'est pas juste : un chiffre est sans doute faux.",
                " Its key does not hold: a digit is probably wrong.",
            )
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Aucune structure n'a le numéro {numero} dans ce répertoire.{hint.fr}",
            f"No structure has number {numero} in this register.{hint.en}",
            rule="FINESS",
        )
    return found


async def meant(database: Asked, numero: str, wanted: Nature) -> Text | None:
    """What to tell who gives a number of the other nature; None when it is right, or unknown here."""
    found = await register.structures(database, [numero])
    if not found or found[0].nature is wanted:
        return None
    [one] = found
    if one.nature is Nature.EJ:
        under, total = await register.sites(database, one.numero, 20)
        return natures.explain(one, under, total)
    above = await register.structures(database, [one.parent]) if one.parent else []
    return natures.explain(one, above, len(above))


async def find(
    database: Asked,
    text: str,
    *,
    by: Actor,
    nature: Nature | None = None,
    departement: str = "",
    offset: int = 0,
    count: int = 50,
) -> tuple[list[Placed], int]:
    """Structures that have all the words of `text`, open ones first, with their positions; and how many there are.

    Words are looked for in names, town, postcode, category, department, numbers; each may be the beginning of one.
    """
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    which = 0 if nature is None else 1 if nature is Nature.EJ else 2
    return await register.search(database, text, nature=which, departement=departement, offset=offset, count=count)


async def as_known_on(database: Asked, numero: str, day: datetime) -> tuple[Structure | None, list[Changed]]:
    """A structure as this register knew it at a moment (None when it did not), and what was learnt since."""
    found = await register.structures(database, [numero])
    since = [one for one in await register.history(database, numero) if one.at > day]
    if not found:
        return None, since
    [one] = found
    for change in since:
        if change.kind > 2:
            continue
        if change.event == "created":
            return None, since
        facts = {name: value for name, value in one.facts.items() if name not in change.after or name in change.before}
        before = dict(change.before)
        parent = str(before.pop("nofinessej", one.parent))
        gone = None if change.event == "closed" else one.gone
        one = replace(one, facts={**facts, **before}, parent=parent, gone=gone)
    return one, since


async def known(database: Asked, numero: str, *, by: Actor) -> bool:
    """Whether a structure has this number. Raises: Problem(FORBIDDEN)."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return bool(await register.structures(database, [numero]))


async def around(database: Asked, one: Structure, *, by: Actor) -> list[Placed]:
    """The establishments of its department that have a position. Raises: Problem(FORBIDDEN)."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return await register.around(database, str(one.facts.get("departement", "")))


async def counts(database: Asked, *, by: Actor) -> dict[str, int]:
    """How many open legal entities ("1"), establishments ("2"), parts of each kind ("3" to "6"). Raises: Problem(FORBIDDEN)."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return await register.counts(database)


async def towns(database: Asked, names: Sequence[str], *, by: Actor) -> list[str]:
    """Those of these names that a town with structures has, in capitals, whatever their accents and case.

    Raises: Problem(FORBIDDEN).
    """
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return await register.towns(database, [plain(name).upper() for name in names])


async def positions(
    database: Asked, numbers: Sequence[str], communes: Sequence[str], *, by: Actor
) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """(latitude, longitude) of establishments by FINESS number, and of the middle of communes by COG code.

    Raises: Problem(FORBIDDEN).
    """
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return await register.positions(database, numbers, communes)
