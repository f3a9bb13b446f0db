"""Employers enrol the professionals whom no Order registers, and declare that they have left."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.foundations.people.conftest import Directory
from tests.foundations.people.files import DURAND, MARTIN_HOPITAL, archive

from socle.foundations.people.actions import enrolling, finding
from socle.foundations.people.model import is_numero_rpps
from socle.foundations.people.model.enrolement import Enrole, Enrolement
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS, Actor, Means

EMPLOYER = Actor("rh", "Service RH", frozenset({"employer"}), Means.API_KEY, "Hôpital de Démonstration")
OTHER = replace(EMPLOYER, id="rh-2", structure="Autre établissement")
HOSPITAL = "001-F690000017"
ASKED = Enrolement("ROUX", "Alex", date(1990, 2, 3), "FON-01", HOSPITAL, date(2026, 5, 4))


@pytest.fixture
async def hospital(directory: Directory, tmp_path: Path) -> Directory:
    """A directory with a hospital in it."""
    await directory.load(archive(tmp_path, [MARTIN_HOPITAL, DURAND]))
    return directory


async def enrol(directory: Directory, asked: Enrolement = ASKED, by: Actor = EMPLOYER) -> Enrole:
    return await enrolling.enrol(directory.repository, asked, by=by, trace=directory.trace(by))


async def depart(directory: Directory, role: str, le: date, by: Actor = EMPLOYER) -> None:
    await enrolling.depart(directory.repository, role, le, by=by, trace=directory.trace(by))


async def test_a_number_is_issued_and_the_situation_published(hospital: Directory) -> None:
    done = await enrol(hospital)
    assert is_numero_rpps(done.numero_rpps)
    assert done.numero_rpps.startswith("9989")
    found = await finding.card(hospital.repository, hospital.database, done.numero_rpps, by=ANONYMOUS)
    assert found is not None
    assert (found.nom, found.prenom, found.situations[0].nom_structure) == ("ROUX", "Alex", "HÔPITAL DE DÉMONSTRATION")
    by_town = await finding.find(hospital.repository, hospital.database, "roux", town="Lyon", by=ANONYMOUS)
    assert [one.id for one in by_town.professionnels] == [found.id]
    [person] = await hospital.search("Practitioner", family="roux")
    assert "1990" not in str(person)


async def test_the_same_person_keeps_the_number(hospital: Directory) -> None:
    first = await enrol(hospital)
    with pytest.raises(Problem) as caught:
        await enrol(hospital)
    assert caught.value.kind is Kind.CONFLICT
    elsewhere = await enrol(hospital, replace(ASKED, structure="001-R10100000000025"), OTHER)
    assert elsewhere.numero_rpps == first.numero_rpps
    namesake = await enrol(hospital, replace(ASKED, naissance=date(1991, 2, 3)))
    assert namesake.numero_rpps != first.numero_rpps


async def test_who_leaves_is_seen_there_no_more_and_may_come_back(hospital: Directory) -> None:
    done = await enrol(hospital)
    await depart(hospital, done.role, date(2026, 6, 1))
    found = await finding.card(hospital.repository, hospital.database, done.numero_rpps, by=ANONYMOUS)
    assert found is not None
    assert (found.ouvert, found.situations) == (True, ())
    with pytest.raises(Problem):
        await depart(hospital, done.role, date(2026, 6, 1))
    again = await enrol(hospital)
    assert (again.numero_rpps, again.role) == (done.numero_rpps, done.role)
    assert [one.depart for one in await enrolling.enrolled(hospital.repository, by=EMPLOYER)] == [
        None,
        date(2026, 6, 1),
    ]
    await depart(hospital, again.role, date(2026, 7, 1))


async def test_the_api_finds_a_person_in_each_town_where_an_employer_declared_them(hospital: Directory) -> None:
    async def found(town: str) -> int:
        return len(await hospital.search("Practitioner", town=town, family="roux"))

    [other] = await hospital.search("Organization", identifier="R10100000000025")
    town = other["address"][0]["city"]
    assert town != "Lyon"
    done = await enrol(hospital)
    elsewhere = await enrol(hospital, replace(ASKED, structure=other["id"]), OTHER)
    assert (await found("lyon"), await found(town)) == (1, 1)
    await depart(hospital, done.role, date(2026, 6, 1))
    assert (await found("lyon"), await found(town)) == (0, 1)
    await enrol(hospital)
    await depart(hospital, elsewhere.role, date(2026, 6, 1), OTHER)
    assert (await found("lyon"), await found(town)) == (1, 0)
    assert len(await hospital.search("Practitioner", family="roux")) == 1


async def test_an_unknown_function_is_told_with_those_that_are_known(hospital: Directory) -> None:
    with pytest.raises(Problem, match="FON-99") as caught:
        await enrol(hospital, replace(ASKED, fonction="FON-99"))
    assert "FON-01" in caught.value.issues[0].text.fr
    assert "/annuaire/enrolements" in caught.value.issues[0].text.en


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (replace(ASKED, nom="R0UX"), [("family",)]),
        (replace(ASKED, naissance=date(2020, 1, 1), prenom=""), [("given",), ("birthDate",)]),
        (replace(ASKED, fonction="XXX"), [("role",)]),
        (replace(ASKED, arrivee=date(2027, 1, 1)), [("start",)]),
        (replace(ASKED, structure="001-absent"), [("organization",)]),
    ],
)
async def test_what_is_wrong_is_said_field_by_field(
    hospital: Directory, asked: Enrolement, fields: list[tuple[str, ...]]
) -> None:
    with pytest.raises(Problem) as caught:
        await enrol(hospital, asked)
    assert [issue.expression for issue in caught.value.issues] == fields
    assert await hospital.count("enrolement") == 0


async def test_only_an_employer_enrols_and_only_that_one_declares_the_departure(hospital: Directory) -> None:
    with pytest.raises(Problem) as caught:
        await enrol(hospital, by=replace(EMPLOYER, roles=frozenset({"auditor"})))
    assert caught.value.kind is Kind.FORBIDDEN
    with pytest.raises(Problem):
        await enrol(hospital, by=replace(EMPLOYER, structure=""))
    done = await enrol(hospital)
    with pytest.raises(Problem):
        await depart(hospital, done.role, date(2026, 6, 1), OTHER)


async def test_a_load_leaves_enrolments_alone(hospital: Directory, tmp_path: Path) -> None:
    done = await enrol(hospital)
    await hospital.load(archive(tmp_path, [DURAND], name="PS_LibreAcces_2.zip"))
    found = await finding.card(hospital.repository, hospital.database, done.numero_rpps, by=ANONYMOUS)
    assert found is not None
    assert len(found.situations) == 1


async def test_enrolments_go_by_the_api_too(hospital: Directory) -> None:
    from tests.foundations.people.conftest import KEY
    from tests.foundations.people.conftest import asked as client_of

    def asked(**values: str) -> dict[str, object]:
        return {
            "resourceType": "Parameters",
            "parameter": [{"name": name, "valueString": value} for name, value in values.items()],
        }

    async with client_of(hospital) as client:
        client.headers["ESANTE-API-KEY"] = KEY
        body = asked(family="ROUX", given="Alex", birthDate="1990-02-03", role="FON-01", organization=HOSPITAL)
        refused = await client.post("/Practitioner/$enrol", json=asked(family="ROUX"))
        assert refused.status_code == 400
        assert refused.json()["issue"][0]["expression"] == ["given", "birthDate", "role", "organization"]
        answer = await client.post("/Practitioner/$enrol", json=body)
        assert answer.status_code == 200, answer.text
        said = {one["name"]: one for one in answer.json()["parameter"]}
        role = said["situation"]["valueReference"]["reference"]
        assert (await client.get(f"/{role}")).json()["active"] is True
        gone = await client.post(f"/{role}/$depart", json=asked(end="2026-06-01"), headers={"Accept-Language": "en"})
        assert gone.json()["issue"][0]["diagnostics"].startswith("Departure recorded")
        assert gone.status_code == 200, gone.text
        assert (await client.get(f"/{role}")).json()["active"] is False
