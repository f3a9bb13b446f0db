"""Employers enrol the professionals whom no Order registers, and declare that they have left (RPPS+)."""

from datetime import date
from typing import Final

from socle.foundations.people.model import id_nat_ps
from socle.foundations.people.model.enrolement import Enrole, Enrolement
from socle.foundations.people.permissions import ENROL
from socle.foundations.people.rules import enrolement as rules
from socle.foundations.people.store import enrolments, finding
from socle.foundations.people.store.building import town
from socle.foundations.people.store.fhir import closed, practitioner_id
from socle.kernel.audit import Trace
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json, Unit, Within

_NOTHING: Final[Json] = {}


async def enrol(repository: Repository, demande: Enrolement, *, by: Actor, trace: Trace) -> Enrole:
    """Enrol a person: a number is issued (or the one that the person has), the person and the situation are published.

    Raises: Problem(FORBIDDEN); Problem(INVALID) that names each wrong field; Problem(RULE_VIOLATED | CONFLICT).
    """
    decide(by, ENROL).or_raise(Kind.FORBIDDEN)
    known = {code for code, _ in await enrolments.functions(repository.store)}
    issues = rules.faults(demande, known, now=trace.at)
    if issues:
        raise Problem(Kind.INVALID, *issues)
    made: list[Enrole] = []

    async def settle(tx: Within) -> Unit:
        made.clear()
        place = await _resource(repository, tx, "Organization", demande.structure)
        same = await enrolments.same_person(tx, demande)
        there = next((one for one in same if one.structure == demande.structure and one.depart is None), None)
        kind = Kind.CONFLICT if there else Kind.RULE_VIOLATED
        rules.may_enrol(by.structure, there, open_structure=bool(place.get("active"))).or_raise(kind)
        rang, fresh = await enrolments.next_number(tx)
        number = same[0].numero_rpps if same else fresh
        person, role = enrolments.resources(demande, number)
        commune = town(place.get("address", [_NOTHING])[0].get("city", ""))
        towns = [commune] if commune else []
        if same:
            towns += await enrolments.towns_of(tx, number)
            person = await _resource(repository, tx, "Practitioner", person["id"]) or person
        rows = enrolments.rows_of(
            demande, number, rang, role["id"], place, employeur=by.structure, by=by.name, at=trace.at
        )
        changes = enrolments.puts(repository, person, role, towns)
        made.append(
            Enrole(
                number,
                practitioner_id(id_nat_ps(number)),
                role["id"],
                demande.nom,
                demande.prenom,
                demande.fonction,
                demande.structure,
                by.structure,
                demande.arrivee,
            )
        )
        return Unit(changes, trace, rows=rows)

    await repository.store.exclusive([enrolments.LOCK], settle)
    return made[0]


async def depart(repository: Repository, role: str, le: date, *, by: Actor, trace: Trace) -> None:
    """Declare that a person has left: the situation is closed, the number stays.

    Raises: Problem(FORBIDDEN | NOT_FOUND | RULE_VIOLATED).
    """
    decide(by, ENROL).or_raise(Kind.FORBIDDEN)

    async def settle(tx: Within) -> Unit:
        found = await enrolments.by_role(tx, role)
        if found is None:
            raise Problem.of(
                Kind.NOT_FOUND,
                "Aucun enrôlement ne porte cette situation.",
                "No enrolment has this situation.",
                rule=rules.RULE,
            )
        rules.may_depart(found, by.structure, le).or_raise()
        resource = await _resource(repository, tx, "PractitionerRole", role)
        person = await _resource(repository, tx, "Practitioner", found.praticien)
        towns = await enrolments.towns_of(tx, found.numero_rpps, without=role)
        changes = enrolments.puts(repository, person, closed(resource), towns)
        return Unit(changes, trace, rows=enrolments.departure_rows(role, le))

    await repository.store.exclusive([enrolments.LOCK], settle)


async def enrolled(repository: Repository, *, by: Actor) -> list[Enrole]:
    """Those whom the employer of `by` enrolled. Raises: Problem(FORBIDDEN)."""
    decide(by, ENROL).or_raise(Kind.FORBIDDEN)
    return await enrolments.of_employer(repository.store, by.structure) if by.structure else []


async def structure(repository: Repository, text: str, *, by: Actor) -> str | None:
    """The id of the structure that a FINESS or SIRET number names, None when there is none. Raises: Problem(FORBIDDEN)."""
    decide(by, ENROL).or_raise(Kind.FORBIDDEN)
    return await finding.structure_of(repository, "".join(text.split()))


async def functions(repository: Repository, *, by: Actor) -> list[tuple[str, str]]:
    """(code, name) of the functions under which one enrols. Raises: Problem(FORBIDDEN)."""
    decide(by, ENROL).or_raise(Kind.FORBIDDEN)
    return await enrolments.functions(repository.store)


async def _resource(repository: Repository, tx: Within, kind: str, id: str) -> Json:
    """The current version, {} when there is none."""
    stored = await repository.read(kind, id, within=tx)
    return parse(stored.body) if stored is not None and not stored.deleted else {}
