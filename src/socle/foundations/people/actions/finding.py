"""Who practises, where, as what: for pages and for other modules. Public data: nobody on the red list, nothing of birth."""

from collections.abc import Sequence
from typing import Final

from socle.foundations.people.model import Professionnel, Trouves
from socle.foundations.people.permissions import PUBLIC
from socle.foundations.people.store import finding
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database

MOST: Final = 100
FARTHEST: Final = 2_000


async def find(
    repository: Repository,
    database: Database,
    words: str = "",
    *,
    profession: str = "",
    specialties: Sequence[str] = (),
    town: str = "",
    postal: str = "",
    count: int = 20,
    offset: int = 0,
    by: Actor,
) -> Trouves:
    """Professionals in the order of their names. An RPPS number (or a national identification) in `words` finds its holder.

    words       words of the name, whole or begun, in any order; shorter than three letters they only narrow
    profession  its code (TRE_G15), as `professions` gives them
    specialties codes of know-hows, one of which is theirs, as `specialties` gives them
    town        name of a town, accents and CEDEX aside; `postal`: a postal code, or its beginning
    Raises: Problem(FORBIDDEN); Problem(INVALID) when nothing at all is asked, or too far.
    """
    decide(by, PUBLIC).or_raise(Kind.FORBIDDEN)
    if not 0 < count <= MOST or not 0 <= offset <= FARTHEST:
        raise Problem.of(
            Kind.INVALID,
            f"La recherche donne {MOST} résultats à la fois, jusqu'au {FARTHEST}e : précisez-la.",
            f"The search gives {MOST} results at a time, up to the {FARTHEST}th: make it narrower.",
            expression="count",
        )
    number = "".join(words.split())
    if number.isascii() and number.isdigit() and len(number) in (11, 12):
        id = await finding.id_of(repository, database, number)
        found = await finding.professionnels(repository, database, [id] if id else [])
        return Trouves(tuple(found))
    if not any(len(word) >= 2 for word in words.split()) and not (profession or specialties or town or postal):
        raise Problem.of(
            Kind.INVALID,
            "Donnez un nom (deux lettres au moins), un numéro RPPS, une profession ou une ville.",
            "Give a name (two letters at least), an RPPS number, a profession or a town.",
            expression="words",
        )
    if specialties:
        ids = await finding.specialists(
            repository, specialties, words, profession, town, postal, count=count + 1, offset=offset
        )
    else:
        ids = await finding.ids_of(database, words, profession, town, postal, count=count + 1, offset=offset)
    found = await finding.professionnels(repository, database, ids[:count])
    return Trouves(tuple(found), len(ids) > count)


async def card(repository: Repository, database: Database, number: str, *, by: Actor) -> Professionnel | None:
    """The professional of an RPPS number or of a national identification, None when the directory knows none.

    Raises: Problem(FORBIDDEN).
    """
    decide(by, PUBLIC).or_raise(Kind.FORBIDDEN)
    id = await finding.id_of(repository, database, number)
    found = await finding.professionnels(repository, database, [id] if id else [])
    return found[0] if found else None


async def towns(database: Database, names: Sequence[str], *, by: Actor) -> dict[str, tuple[int, int]]:
    """Of these names, those of towns where professionals practise: how many do, and how many professionals bear that name, each
    counted to two thousand. Raises: Problem(FORBIDDEN).
    """
    decide(by, PUBLIC).or_raise(Kind.FORBIDDEN)
    return await finding.towns(database, names)


async def professions(database: Database, *, by: Actor) -> list[tuple[str, str]]:
    """(code, name) of the professions of the directory, by name. Raises: Problem(FORBIDDEN)."""
    decide(by, PUBLIC).or_raise(Kind.FORBIDDEN)
    return await finding.professions(database)


async def specialties(database: Database, *, by: Actor) -> list[tuple[str, str]]:
    """(code, name) of the know-hows of the directory, by name. Raises: Problem(FORBIDDEN)."""
    decide(by, PUBLIC).or_raise(Kind.FORBIDDEN)
    return await finding.specialties(database)
