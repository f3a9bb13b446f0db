"""The confusion that costs integrators days: a FINESS number of a legal entity where an establishment is meant, or the
reverse. One place says which it is, and what was meant.

Source: doctrine, actors, legal persons (EJ and EG); the FINESS forms both numbers alike, so only the register can tell.
"""

from collections.abc import Sequence

from socle.foundations.structures.model import Nature, Structure
from socle.kernel.outcome import Text

_SHOWN = 20
RULE = "SOCLE-FINESS-EJ-ET"


def _listed(structures: Sequence[Structure], total: int) -> str:
    names = ", ".join(f"{one.numero} ({one.name})" for one in structures[:_SHOWN])
    return names + (", …" if total > _SHOWN else "")


def explain(found: Structure, others: Sequence[Structure], total: int) -> Text:
    """What to answer when the other nature was meant.

    others  of an entity: its establishments (the first ones); of an establishment: its legal entity if it is known
    total   how many there are
    """
    if found.nature is Nature.EJ:
        which = Text(
            f"{found.numero} est le numéro d'une entité juridique (EJ), « {found.name} », et non d'un établissement "
            "(ET, dit aussi EG).",
            f"{found.numero} is the number of a legal entity (EJ), “{found.name}”, not of an establishment (ET, also "
            "called EG).",
        )
        if not total:
            return Text(
                f"{which.fr} Aucun établissement ne lui est rattaché.", f"{which.en} No establishment belongs to it."
            )
        plural = "s" if total > 1 else ""
        return Text(
            f"{which.fr} {'Ses' if total > 1 else 'Son'} {f'{total} ' if total > 1 else ''}établissement{plural} : "
            f"{_listed(others, total)}.",
            f"{which.en} Its {f'{total} ' if total > 1 else ''}establishment{plural}: {_listed(others, total)}.",
        )
    which = Text(
        f"{found.numero} est le numéro d'un établissement (ET, dit aussi EG), « {found.name} », et non d'une entité "
        "juridique (EJ).",
        f"{found.numero} is the number of an establishment (ET, also called EG), “{found.name}”, not of a legal "
        "entity (EJ).",
    )
    if others:
        return Text(
            f"{which.fr} Son entité juridique : {others[0].numero} ({others[0].name}).",
            f"{which.en} Its legal entity: {others[0].numero} ({others[0].name}).",
        )
    parent = found.parent or "?"
    return Text(
        f"{which.fr} Son entité juridique, {parent}, n'est pas dans le répertoire : le fichier des EJ n'a pas été chargé.",
        f"{which.en} Its legal entity, {parent}, is not in the register: the file of legal entities was not loaded.",
    )
