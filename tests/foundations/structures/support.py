"""Files of the FINESS written by the tests, in the pseudo-departments of the test ranges; a register to load them in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from socle.foundations.structures import actions
from socle.foundations.structures.actions import Report
from socle.foundations.structures.formats.shapes import CSV_EJ, CSV_ET
from socle.foundations.structures.model import luhn_key
from socle.foundations.structures.permissions import REGISTER
from socle.kernel.audit import Trace
from socle.kernel.policy import ANONYMOUS, Actor, Means
from socle.kernel.search.repository import Repository
from socle.kernel.store.postgres import PostgresDatabase

NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
URL = "http://structures.test/structures/fhir"
OPERATOR = Actor("operator", "Exploitante", frozenset({"operator"}), Means.CONSOLE)
METADATA = "finess;etalab;111;2026-11-28"


class Nobody:
    """Everyone is anonymous: the register is public."""

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        """Anonymous."""
        return ANONYMOUS


def numero(n: int, departement: str = "0B") -> str:
    """The n-th FINESS number of a test department, with its key."""
    beginning = f"{departement}{n:06}"
    return beginning + luhn_key(beginning)


EJ1, EJ2 = numero(1), numero(2)
ET1, ET2, ET3 = numero(101), numero(102), numero(103)
LATER = numero(3)


def ej_line(n: str, name: str = "GROUPE DES DEUX RIVES", **more: str) -> str:
    """A line of cs1100501."""
    values = {
        "nofiness": n,
        "rs": name,
        "numvoie": "1",
        "typvoie": "R",
        "voie": "DES TILLEULS",
        "commune": "053",
        "ligneacheminement": "01000 BOURG EN BRESSE",
        "departement": "01",
        "libdepartement": "AIN",
        "statutjuridique": "13",
        "libstatutjuridique": "Etablissement Public Communal d'Hospitalisation",
        "datecrea": "1990-01-01",
        **more,
    }
    return "structureej;" + ";".join(values.get(name, "") for name in CSV_EJ)


def et_line(n: str, ej: str = EJ1, name: str = "HOPITAL DU PONT", **more: str) -> str:
    """A line of cs1100502."""
    values = {
        "nofinesset": n,
        "nofinessej": ej,
        "rs": name,
        "numvoie": "900",
        "typvoie": "RTE",
        "voie": "DE PARIS",
        "commune": "451",
        "departement": "01",
        "libdepartement": "AIN",
        "ligneacheminement": "01440 VIRIAT",
        "telephone": "0400000001",
        "categetab": "355",
        "libcategetab": "Centre Hospitalier (C.H.)",
        "categagretab": "1102",
        "libcategagretab": "Centres Hospitaliers",
        "codesph": "1",
        "libsph": "Etablissement public de santé",
        "dateouv": "1979-02-13",
        "datemaj": "2026-02-04",
        **more,
    }
    return "structureet;" + ";".join(values.get(name, "") for name in CSV_ET)


def geo_line(n: str, x: str = "873766.07", y: str = "6570414.61", source: str = "1,BAN,LAMBERT_93") -> str:
    """A line of cs1100507: by default, 46.211257 N 5.254203 E (the published sample of FINESS+)."""
    return f"geolocalisation;{n};{x};{y};{source};2026-01-01"


def csv_text(*lines: str) -> str:
    """A file, its metadata first."""
    return "\n".join([METADATA, *lines]) + "\n"


def xml_text(*records: str) -> str:
    """A feed, its envelope around."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<fluxfiness>\n<horodatage><emetteur>FINESS</emetteur>'
        "<destinataire>ASIP</destinataire><versionmessage>V4.1</versionmessage><fluxnum>1</fluxnum>"
        "<datemaj>2026-11-28</datemaj></horodatage>\n" + "\n".join(records) + "\n</fluxfiness>\n"
    )


def record(tag: str, **fields: str) -> str:
    """A record of a feed."""
    return f"<{tag}>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + f"</{tag}>"


def care(et: str = ET1, ej: str = EJ1, **fields: str) -> str:
    """An authorised care activity."""
    said = {
        "nofinessej": ej,
        "rsej": "X",
        "activite": "03",
        "libactivite": "Gynécologie-obstétrique, néonatologie, réanimation néonatale",
        "modalite": "11",
        "libmodalite": "Obstétrique",
        "forme": "01",
        "libforme": "Hospitalisation complète",
        "noautor": "12",
        "nofinesset": et,
        "rset": "X",
        "noautorarhgos": "84-01-1",
        "datemajact": "2026-01-01",
        "datemajsite": "2026-01-01",
    }
    return record("activiteoffresoin", **(said | fields))


def scanner(et: str = ET1, ej: str = EJ1, **fields: str) -> str:
    """Heavy equipment."""
    said = {
        "nofinessej": ej,
        "rsej": "X",
        "eml": "05602",
        "libeml": "Scanographe à utilisation médicale",
        "noautorarhgos": "84-01-2",
        "nofinesset": et,
        "numserie": "S1",
        "rset": "X",
        "datemaj": "2026-01-01",
    }
    return record("equipmateriellourd", **(said | fields))


def social(et: str = ET1, **fields: str) -> str:
    """Social equipment."""
    said = {
        "nofinesset": et,
        "de": "924",
        "libde": "Accueil pour Personnes Âgées",
        "ta": "11",
        "libta": "Hébergement Complet Internat",
        "client": "711",
        "libclient": "P.A. dépendantes",
        "capinstot": "80",
        "capautot": "85",
        "datemajinst": "2026-01-01",
    }
    return record("equipementsocial", **(said | fields))


def training(et: str = ET1, ej: str = EJ1, **fields: str) -> str:
    """A discipline that an institution teaches."""
    said = {
        "nofinessej": ej,
        "rsej": "X",
        "nofinesset": et,
        "rset": "X",
        "noautor": "7",
        "de": "341",
        "libde": "Formation des infirmiers",
        "libcourtde": "Form. infirmiers",
        "ta": "28",
        "libta": "Enseignement",
        "libcourtta": "Enseignement",
        "capaut": "120",
        "dateautor": "2020-09-01",
        "indsup": "N",
        "datemaj": "2026-01-01",
    }
    return record("disciplineenseignee", **(said | fields))


def agreement(et: str = ET1, **fields: str) -> str:
    """An agreement of an establishment."""
    said = {
        "nofinesset": et,
        "noconv": "A12",
        "libconvention": "Convention tripartite",
        "libcourtconvention": "Conv. tripartite",
        "dateconv": "2019-01-01",
        "datemajconv": "2026-01-01",
    }
    return record("structureet", **(said | fields))


@dataclass
class Structures:
    """A register at work: its tables, its FHIR server, a folder for files."""

    database: PostgresDatabase
    repository: Repository
    client: httpx.AsyncClient
    folder: Path

    def file(self, name: str, text: str | bytes) -> Path:
        """A file with this content."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    async def load(self, *paths: Path, now: datetime = NOW, by: Actor = OPERATOR, **options: bool) -> Report:
        """Load files, as an operator."""
        trace = Trace(by.id, by.name, "operator", "", by.means, "essai", now, REGISTER, "finess:import")
        return await actions.import_finess(self.database, self.repository, paths, by=by, trace=trace, **options)

    async def load_text(self, text: str | bytes, name: str = "stock.csv", **options: Any) -> Report:
        """Load one file of this content."""
        return await self.load(self.file(name, text), **options)

    async def get(self, path: str) -> dict[str, Any]:
        """What the FHIR server answers."""
        answer = await self.client.get(path)
        found: dict[str, Any] = answer.json()
        return found

    async def ids(self, query: str) -> list[str]:
        """The ids that a search finds."""
        bundle = await self.get(query)
        found = [entry["resource"]["id"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == "match"]
        return sorted(found)


def outcome_of(bundle: Mapping[str, Any]) -> Sequence[str]:
    """What the OperationOutcome of a searchset says."""
    return [
        issue["diagnostics"]
        for entry in bundle.get("entry", [])
        if entry["resource"]["resourceType"] == "OperationOutcome"
        for issue in entry["resource"]["issue"]
    ]
