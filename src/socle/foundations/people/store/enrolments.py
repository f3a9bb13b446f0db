"""Enrolments: kept beside the resources that they publish."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from socle.foundations.people.model import id_nat_ps, numero_enrole
from socle.foundations.people.model.colonnes import ACTIVITE, Sorte
from socle.foundations.people.model.enrolement import Enrole, Enrolement
from socle.foundations.people.permissions import REGISTER
from socle.foundations.people.store import fhir
from socle.foundations.people.store.building import found_in, town, words
from socle.foundations.people.store.lines import person_key
from socle.kernel.fhir.keys import key
from socle.kernel.search.normalise import normalise
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json, Put, Row, Store, Tx

S: Final = REGISTER
LOCK: Final = key("annuaire", "enrolment")
_PLACES: Final = {name: place for place, name in enumerate(ACTIVITE.values())}


def _enrole(row: Row) -> Enrole:
    return Enrole(
        row["rpps"],
        row["praticien"],
        row["role"],
        row["nom"],
        row["prenom"],
        row["fonction"],
        row["structure"],
        row["employeur"],
        row["arrivee"],
        row["depart"],
    )


async def same_person(tx: Tx, demande: Enrolement) -> list[Enrole]:
    """Enrolments of a person of these names and this birth date."""
    rows = await tx.query(
        f"SELECT * FROM {S}.enrolement WHERE naissance = $1 ORDER BY rang",
        demande.naissance,
    )
    wanted = normalise(demande.nom), normalise(demande.prenom)
    return [_enrole(row) for row in rows if (normalise(row["nom"]), normalise(row["prenom"])) == wanted]


async def next_number(tx: Tx) -> tuple[int, str]:
    """The next rank and the number that it gives."""
    [row] = await tx.query(f"SELECT coalesce(max(rang), 0) + 1 AS rang FROM {S}.enrolement")
    return row["rang"], numero_enrole(row["rang"])


async def by_role(tx: Tx, role: str) -> Enrole | None:
    """The enrolment that published this role."""
    rows = await tx.query(f"SELECT * FROM {S}.enrolement WHERE role = $1 ORDER BY rang DESC LIMIT 1", role)
    return _enrole(rows[0]) if rows else None


async def of_employer(store: Store, employeur: str, count: int = 200) -> list[Enrole]:
    """Enrolments of an employer, latest first."""
    rows = await store.query(
        f"SELECT * FROM {S}.enrolement WHERE employeur = $1 ORDER BY depart IS NOT NULL, rang DESC LIMIT $2",
        employeur,
        count,
    )
    return [_enrole(row) for row in rows]


async def functions(store: Store) -> list[tuple[str, str]]:
    """(code, name) of the functions that the directory names."""
    rows = await store.query(f"SELECT code, nom FROM {S}.libelle WHERE nomenclature = 'role' ORDER BY nom, code")
    return [(row["code"], row["nom"]) for row in rows]


def resources(demande: Enrolement, number: str) -> tuple[Json, Json]:
    """The Practitioner and the PractitionerRole of an enrolment."""
    values = [""] * len(ACTIVITE)
    values[_PLACES["nom"]], values[_PLACES["prenom"]] = demande.nom, demande.prenom
    values[_PLACES["role"]], values[_PLACES["mode"]] = demande.fonction, "S"
    id_nat = id_nat_ps(number)
    lines = [(Sorte.ACTIVITE.value, values)]
    [role] = fhir.roles(id_nat, lines)
    role["id"] = fhir.role_id(id_nat, demande.structure, values)
    role["identifier"][0]["value"] = role["id"][4:]
    role["organization"] = {"reference": f"Organization/{demande.structure}"}
    return fhir.practitioner(id_nat, lines), role


async def towns_of(tx: Tx, number: str, *, without: str = "") -> list[str]:
    """The towns where the person of this number practises, `without` one situation; as they are compared."""
    rows = await tx.query(
        f"SELECT DISTINCT commune FROM {S}.situation WHERE personne = $1 AND commune <> '' AND role IS DISTINCT FROM $2",
        person_key(id_nat_ps(number)),
        without,
    )
    return [row["commune"] for row in rows]


def puts(repository: Repository, person: Json, role: Json, towns: Sequence[str]) -> list[Put]:
    """The changes that publish a situation, or its end: the person is found from now on in these towns, and in no other."""
    put = repository.put(person, id=person["id"])
    found_in(towns, person, put.keys)
    return [put, repository.put(role, id=role["id"])]


def rows_of(
    demande: Enrolement,
    number: str,
    rang: int,
    role: str,
    place: Json,
    *,
    employeur: str,
    by: str,
    at: datetime,
) -> list[tuple[str, Sequence[Any]]]:
    """The statements that keep an enrolment, and make it found."""
    id_nat = id_nat_ps(number)
    practitioner = fhir.practitioner_id(id_nat)
    plain = normalise(f"{demande.nom} {demande.prenom}")
    where = place.get("address", [{}])[0]
    return [
        (
            f"INSERT INTO {S}.enrolement (rang, rpps, praticien, role, employeur, structure, nom, prenom, fonction, arrivee, "
            "par, le, naissance) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            (
                rang,
                number,
                practitioner,
                role,
                employeur,
                demande.structure,
                demande.nom,
                demande.prenom,
                demande.fonction,
                demande.arrivee,
                by,
                at,
                demande.naissance,
            ),
        ),
        (
            f"INSERT INTO {S}.situation (personne, praticien, role, nom, profession, commune, postal, mots) "
            "VALUES ($1, $2, $3, $4, '', $5, $6, $7)",
            (
                person_key(id_nat),
                practitioner,
                role,
                plain,
                town(where.get("city", "")),
                where.get("postalCode", ""),
                words(plain),
            ),
        ),
    ]


def departure_rows(role: str, le: date) -> list[tuple[str, Sequence[Any]]]:
    """The statements that keep a departure: the situation is found no more, the person still is."""
    return [
        (f"UPDATE {S}.enrolement SET depart = $2 WHERE role = $1 AND depart IS NULL", (role, le)),
        (
            f"UPDATE {S}.situation s SET role = NULL, commune = '', postal = '' WHERE s.role = $1",
            (role,),
        ),
    ]
