"""The publishers that the aggregator asks: see them, add one, change it, remove it.

Their keys are sealed as soon as they come, and open nowhere but in the request to the address that they were given for.
"""

from dataclasses import replace
from uuid import uuid4

from socle.foundations.care_offer.agenda.adapters import line_of
from socle.foundations.care_offer.agenda.permissions import PUBLISHERS
from socle.foundations.care_offer.agenda.store import publishers
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.care_offer.agenda.store.publishers import FORMS, Publisher
from socle.kernel.audit import Trace
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.store import Unit

LEAST_PATIENCE, MOST_PATIENCE = 100, 10_000  # ms
RULE = "SAS-EDITEUR"
HOUSE = "house"


async def listed(agendas: Agendas) -> list[Publisher]:
    """Every publisher, the house first. Their keys are theirs: they are never shown."""
    return await publishers.every(agendas)


async def register(
    agendas: Agendas,
    name: str,
    base: str,
    *,
    key: str = "",
    forms: tuple[str, ...] = FORMS,
    patience: int = 2_000,
    active: bool = True,
    id: str = "",
    by: Actor,
    trace: Trace,
) -> str:
    """Add a publisher, or change the one that has this `id`; answers its id.

    key  shown to the publisher; "" leaves the one that is kept, which serves at the address that it was given for only

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN); Problem(RULE_VIOLATED), one issue for each field that is wrong.
    """
    kind = Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED
    decide(by, PUBLISHERS).or_raise(kind)
    base = base.strip().rstrip("/")
    there = {one.id: one for one in await publishers.every(agendas)}
    issues: list[Issue] = []
    if not 1 <= len(name.strip()) <= 120:
        _say(issues, "name", "un nom, 120 caractères au plus", "a name, 120 characters at most")
    if id != HOUSE:
        try:
            line_of(agendas.repository).hooks.reach.check(f"{base}/Slot")
        except Problem as problem:
            issues += [Issue(one.text, ("base",), RULE) for one in problem.issues]
        if "?" in base:
            _say(issues, "base", "une adresse de base, sans paramètres", "a base address, without parameters")
        if any(one.base == base and one.id != id for one in there.values()):
            _say(issues, "base", "cette adresse est déjà celle d'un éditeur", "this address is a publisher's already")
    if not forms or set(forms) - set(FORMS):
        _say(
            issues,
            "forms",
            f"au moins une recherche parmi {', '.join(FORMS)}",
            f"at least one search of {', '.join(FORMS)}",
        )
    if not LEAST_PATIENCE <= patience <= MOST_PATIENCE:
        _say(
            issues,
            "patience",
            f"entre {LEAST_PATIENCE} et {MOST_PATIENCE} millisecondes",
            f"between {LEAST_PATIENCE} and {MOST_PATIENCE} milliseconds",
        )
    if not key.isascii() or not key.isprintable() or len(key) > 500:
        _say(issues, "key", "une clé d'accès sans accents ni blancs", "an access key without accents or blanks")
    if key and id == HOUSE:
        _say(issues, "key", "la maison ne se présente pas à elle-même de clé", "the house shows itself no key")
    if not key and id in there and there[id].sealed and id != HOUSE and there[id].base != base:
        _say(
            issues,
            "key",
            "l'adresse change : redonnez la clé, celle qui est gardée ne part qu'à l'adresse pour laquelle elle fut donnée",
            "the address changes: give the key again, the one that is kept goes only to the address that it was given for",
        )
    if id and id not in there:
        _say(issues, "id", "cet éditeur n'est plus dans la liste", "this publisher is no longer in the list")
    if issues:
        raise Problem(Kind.RULE_VIOLATED, *issues)
    kept = Publisher(
        id or str(uuid4()),
        name.strip(),
        "" if id == HOUSE else base,
        tuple(form for form in FORMS if form in forms),
        patience,
        active,
        trace.at,
    )
    if key:
        kept = replace(kept, sealed=line_of(agendas.repository).seal.close(key, bound=kept.bound))
    await agendas.store.commit(Unit([], trace, rows=[publishers.keep(agendas, kept)]))
    return kept.id


async def seal_kept(agendas: Agendas, *, trace: Trace) -> int:
    """Seal the keys that an earlier version of the house left in clear; answers how many there were."""
    seal = line_of(agendas.repository).seal
    found = await publishers.in_clear(agendas)
    if found:
        sealed = [(id, seal.close(key, bound=publishers.bound_to(id, base))) for id, base, key in found]
        await agendas.store.commit(Unit([], trace, rows=[publishers.seal_kept(agendas, sealed)]))
    return len(found)


async def forget(agendas: Agendas, id: str, *, by: Actor, trace: Trace) -> None:
    """Ask a publisher no more. The house itself stays: it can be made inactive. Raises: Problem(FORBIDDEN | NOT_FOUND)."""
    kind = Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED
    decide(by, PUBLISHERS).or_raise(kind)
    if id == HOUSE or id not in {one.id for one in await publishers.every(agendas)}:
        raise Problem.of(Kind.NOT_FOUND, "Cet éditeur n'est pas dans la liste.", "This publisher is not in the list.")
    await agendas.store.commit(Unit([], trace, rows=[publishers.remove(agendas, id)]))


def _say(issues: list[Issue], field: str, fr: str, en: str) -> None:
    issues.append(Issue(Text(f"« {field} » : {fr}.", f"“{field}”: {en}."), (field,), RULE))
