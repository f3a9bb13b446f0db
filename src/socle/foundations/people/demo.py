"""Demonstration content: the professionals of the synthetic country, by the same files and the same load as anyone's, once."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from socle.foundations.country import Country
from socle.foundations.country.files import annuaire
from socle.foundations.people.actions import importing
from socle.foundations.people.permissions import REGISTER
from socle.foundations.people.store.fhir import practitioner_id
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, Means
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database

OPERATOR: Final = Actor("system:annuaire-demo", "Socle (démonstration)", frozenset({"operator"}), Means.SYSTEM)

MOST: Final = 1_800  # the demonstration's five territories


def trace_at(now: datetime) -> Trace:
    """The circumstances of what the house does by itself."""
    return Trace(OPERATOR.id, OPERATOR.name, "operator", "", "system", "démonstration", now, REGISTER, "annuaire:demo")


async def fill(repository: Repository, database: Database, clock: Callable[[], datetime], most: int = MOST) -> int:
    """Fill an empty directory with professionals of each territory of the country; how many came (0 when there are some)."""
    if await database.query(f"SELECT 1 FROM {REGISTER}.resource LIMIT 1"):
        return 0
    country = Country.demo()
    await database.write(REGISTER, [_mailboxes(country)], trace_at(clock()))
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(_write, Path(folder), country, most)
        done = await importing.import_extraction(
            repository,
            database,
            Path(folder),
            clock=clock,
            by=OPERATOR,
            trace=trace_at(clock()),
            origine="demonstration",
            processes=0,
        )
    return done.ecarts.crees


def _write(folder: Path, country: Country, most: int) -> None:
    """The three files of some professionals of each territory."""
    makers = {
        "Personne_activite": (annuaire.ACTIVITE, annuaire.activities),
        "Dipl_AutExerc": (annuaire.DIPLOME, annuaire.degrees),
        "SavoirFaire": (annuaire.SAVOIR_FAIRE, annuaire.skills),
    }
    for name, (heading, make) in makers.items():
        text = "".join(make(country, ranks.start, ranks.stop)[0] for ranks in country.spread(most))
        (folder / f"PS_LibreAcces_{name}_demonstration.txt").write_text(f"{heading}\n{text}", encoding="utf-8")


def _mailboxes(country: Country) -> tuple[str, Sequence[object]]:
    """The mailboxes of the professionals of the country, those on the red list too."""
    found = {person.courriel: person for person in country.practitioners() if person.courriel}
    holders = [f"Practitioner/{practitioner_id(person.id_national)}" for person in found.values()]
    return (
        f"INSERT INTO {REGISTER}.bal (adresse, type, porteur, dossier, rang, liste_rouge) "
        "SELECT a, 'PER', h, h, 1, r FROM unnest($1::text[], $2::text[], $3::bool[]) AS u (a, h, r)",
        [list(found), holders, [person.red_list for person in found.values()]],
    )
