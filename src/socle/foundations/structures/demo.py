"""The structures of a demonstration house: the synthetic country's, through the same door as the files of the FINESS."""

import tempfile
from pathlib import Path
from typing import Final

from socle.foundations.country import Country
from socle.foundations.country.files import finess_csv, finess_xml
from socle.foundations.structures.actions import Report, import_finess
from socle.foundations.structures.permissions import DEMONSTRATION, REGISTER
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, Means
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database

SEEDER: Final = Actor(DEMONSTRATION, "Socle (démonstration)", frozenset({"operator"}), Means.SYSTEM)


async def fill(database: Database, repository: Repository, trace: Trace) -> Report | None:
    """Load the country of the demonstration in a register that is empty; None when it is not."""
    if await database.query(f"SELECT FROM {REGISTER}.structure LIMIT 1"):
        return None
    country = Country.demo()
    sites, entities = country.establishment_count, country.entity_count
    with tempfile.TemporaryDirectory(prefix="socle-structures-") as folder:
        stock = Path(folder) / "demonstration-structures.csv"
        parts = Path(folder) / "demonstration-activites.xml"
        rows = [finess_csv.metadata(country), finess_csv.entities(country, 0, entities)[0]]
        rows += [make(country, 0, sites)[0] for make in (finess_csv.establishments, finess_csv.positions)]
        stock.write_text("".join(rows), encoding="utf-8")
        elements = [make(country, 0, sites)[0] for make in (finess_xml.care, finess_xml.equipment, finess_xml.social)]
        feed = [finess_xml.beginning(country), *elements, finess_xml.END]
        parts.write_text("".join(feed), encoding="utf-8")
        return await import_finess(database, repository, [stock, parts], by=SEEDER, trace=trace)
