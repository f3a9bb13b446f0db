"""Where a code or a value set is used: value sets that hold it or import one that does, elements of profiles, maps."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.foundations.terminologies.support import LIBRARIAN, NOW, Service, animals, of_animals, trace, value_set
from tests.kernel.fhir.packages.making import package, resource

from socle.foundations.terminologies.actions import using
from socle.foundations.terminologies.actions.catching_up import catch_up
from socle.foundations.terminologies.permissions import CONCEPTS
from socle.foundations.terminologies.rules.heads import Headline, packed
from socle.kernel.fhir.packages import Package
from socle.kernel.store import packages

CATS, PETS, HOME = (f"http://example.org/{name}" for name in ("cats", "pets", "home"))
GENDER = "http://hl7.org/fhir/ValueSet/administrative-gender"


def imports(url: str, *imported: str, **more: Any) -> dict[str, Any]:
    """A value set that only imports others."""
    return value_set(url, *({"valueSet": [one]} for one in imported), **more)


def profile(value_set: str) -> dict[str, Any]:
    """A profile that asks for a value set."""
    element = {
        "id": "Patient.communication.language",
        "path": "Patient.communication.language",
        "binding": {"strength": "required", "valueSet": value_set},
    }
    return resource(
        "StructureDefinition",
        "http://example.org/profile",
        title="Profil d'animal",
        kind="resource",
        type="Patient",
        derivation="constraint",
        baseDefinition="http://hl7.org/fhir/StructureDefinition/Patient",
        differential={"element": [element]},
    )


@pytest.fixture
async def zoo_of_sets(terms: Service) -> AsyncIterator[Service]:
    """Animals; a set that holds cats, one that imports it, one that imports that one; nothing in the house's packages."""
    await terms.put(animals())
    await terms.put(value_set(CATS, of_animals(codes=["cat"])))
    await terms.put(imports(PETS, f"{CATS}|1.0"))
    await terms.put(imports(HOME, PETS))
    yield terms
    database = terms.terminologies.held.database
    if held := await packages.list_all(database):
        await packages.remove(database, [(one.name, one.version) for one in held], trace=trace())


async def uses(terms: Service, code: str) -> using.Uses:
    snapshot = await terms.terminologies.held.snapshot()
    [edition] = snapshot.editions("http://example.org/animals")
    return await using.uses(terms.register, edition, code, now=NOW, by=LIBRARIAN)


async def headline(terms: Service, url: str) -> Headline:
    snapshot = await terms.terminologies.held.snapshot()
    found = snapshot.catalogue.value_set(url)
    assert found is not None
    return found


def urls(found: tuple[Headline, ...]) -> list[str]:
    return sorted(one.url for one in found)


async def test_a_code_is_used_by_value_sets_that_only_import_others(zoo_of_sets: Service) -> None:
    # cats has no version: who asks for version 1.0 of it cannot be judged, and is told to be so
    found = await uses(zoo_of_sets, "cat")
    assert urls(found.sets) == [CATS]
    assert urls(found.unsure) == [PETS]
    await zoo_of_sets.put(imports("http://example.org/pets2", CATS))
    await zoo_of_sets.put(imports("http://example.org/home2", "http://example.org/pets2"))
    found = await uses(zoo_of_sets, "cat")
    assert urls(found.sets) == [CATS, "http://example.org/home2", "http://example.org/pets2"]


async def test_a_value_set_that_leaves_the_code_out_is_no_use(zoo_of_sets: Service) -> None:
    without = value_set("http://example.org/none", {"valueSet": [CATS]}, exclude=[of_animals(codes=["cat"])])
    await zoo_of_sets.put(without)
    assert "http://example.org/none" not in urls((await uses(zoo_of_sets, "cat")).sets)


async def test_value_sets_that_import_each_other_end_the_search(zoo_of_sets: Service) -> None:
    await zoo_of_sets.put(imports("http://example.org/a", CATS, "http://example.org/b"))
    await zoo_of_sets.put(imports("http://example.org/b", "http://example.org/a"))
    found = await uses(zoo_of_sets, "cat")
    assert CATS in urls(found.sets)
    assert found.unsure


async def test_elements_of_profiles_are_told_with_the_sets_that_hold_the_code(
    zoo_of_sets: Service, tmp_path: Path
) -> None:
    database = zoo_of_sets.terminologies.held.database
    path = package(tmp_path, "example.animals", resources=[profile(CATS)])
    await packages.install(database, Package.open(path), trace=trace())
    [one] = (await uses(zoo_of_sets, "cat")).elements
    assert (one.title, one.bound.element, one.bound.strength) == (
        "Profil d'animal",
        "Patient.communication.language",
        "required",
    )
    assert (await uses(zoo_of_sets, "dog")).elements == ()


async def test_a_value_set_tells_who_imports_it_and_which_elements_ask_for_it(
    zoo_of_sets: Service, tmp_path: Path
) -> None:
    database = zoo_of_sets.terminologies.held.database
    path = package(tmp_path, "example.animals", resources=[profile(f"{CATS}|2")])
    await packages.install(database, Package.open(path), trace=trace())
    found = await using.set_uses(zoo_of_sets.register, await headline(zoo_of_sets, CATS), by=LIBRARIAN)
    assert urls(found.importers) == [PETS]
    assert [(one.title, one.bound.version) for one in found.elements] == [("Profil d'animal", "2")]


async def test_what_r4_itself_binds_is_told(zoo_of_sets: Service) -> None:
    await zoo_of_sets.put(value_set(GENDER, {"system": "http://hl7.org/fhir/administrative-gender"}))
    found = await using.set_uses(zoo_of_sets.register, await headline(zoo_of_sets, GENDER), by=LIBRARIAN)
    told = [(one.title, one.bound.element, one.package) for one in found.elements]
    assert ("Patient", "Patient.gender", ("hl7.fhir.r4.core", "4.0.1")) in told


async def test_headlines_of_an_older_house_are_completed_once(zoo_of_sets: Service) -> None:
    held = zoo_of_sets.terminologies.held
    one = await headline(zoo_of_sets, PETS)
    former = {name: value for name, value in one.facts.items() if name != "imports"}
    sql = f"UPDATE {CONCEPTS}.canonical SET facts = $2 WHERE id = $1"
    older = [(sql, (one.id, packed(former))), (f"UPDATE {CONCEPTS}.generation SET number = number + 1", ())]
    await held.database.write(CONCEPTS, older, trace())
    held.changed()
    assert "imports" not in (await headline(zoo_of_sets, PETS)).facts
    assert await catch_up(held, trace()) == 1
    assert (await headline(zoo_of_sets, PETS)).facts["imports"] == [CATS]
    assert await catch_up(held, trace()) == 0
