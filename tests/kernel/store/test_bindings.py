"""Where a value set is used: the elements that packages and FHIR R4 bind to it."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.fhir.packages.making import package, resource
from tests.kernel.store.test_packages import TRACE, install

from socle.kernel.fhir.bound import LARGEST, Bound, core_bindings, stated
from socle.kernel.fhir.json import serialise
from socle.kernel.store import bindings, definitions, packages
from socle.kernel.store.definitions import Sought
from socle.kernel.store.postgres import PostgresDatabase

VALUE_SET = "http://a/ValueSet/v"
MAXIMUM = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"


def profile(name: str = "p", **binding: Any) -> dict[str, Any]:
    """A profile of Patient that binds one element."""
    element = {"id": "Patient.gender", "path": "Patient.gender", "binding": {"strength": "required", **binding}}
    return resource(
        "StructureDefinition",
        f"http://a/StructureDefinition/{name}",
        version="1.0",
        name=name.upper(),
        title=f"Profil {name}",
        kind="resource",
        type="Patient",
        derivation="constraint",
        baseDefinition="http://hl7.org/fhir/StructureDefinition/Patient",
        differential={"element": [{"id": "Patient", "path": "Patient"}, element]},
    )


async def used(database: PostgresDatabase, value_set: str = VALUE_SET) -> list[tuple[str, str, str]]:
    return [
        (one.url.rpartition("/")[2], one.bound.element, one.bound.strength)
        for one in await bindings.bound_to(database, [value_set], most=100)
    ]


async def test_an_element_bound_to_a_value_set_is_found_by_it(database: PostgresDatabase, tmp_path: Path) -> None:
    await install(database, package(tmp_path, "a", resources=[profile(valueSet=f"{VALUE_SET}|2.0"), profile("q")]))
    [one] = await bindings.bound_to(database, [VALUE_SET], most=100)
    assert one.bound == Bound("Patient.gender", "required", VALUE_SET, "2.0")
    assert (one.url, one.version, one.title) == ("http://a/StructureDefinition/p", "1.0", "Profil p")
    assert one.package == ("a", "1.0.0")
    assert await used(database, "http://a/ValueSet/other") == []


async def test_the_largest_set_allowed_is_a_use_too(database: PostgresDatabase, tmp_path: Path) -> None:
    larger = [{"url": MAXIMUM, "valueCanonical": "http://a/ValueSet/all"}]
    await install(database, package(tmp_path, "a", resources=[profile(valueSet=VALUE_SET, extension=larger)]))
    assert await used(database, "http://a/ValueSet/all") == [("p", "Patient.gender", LARGEST)]


async def test_a_package_that_goes_takes_its_bindings_along(database: PostgresDatabase, tmp_path: Path) -> None:
    await install(database, package(tmp_path, "a", resources=[profile(valueSet=VALUE_SET)]))
    await packages.remove(database, [("a", "")], trace=TRACE)
    assert await used(database) == []
    assert await database.query("SELECT * FROM house.package_binding") == []


async def test_packages_installed_before_are_caught_up_once(database: PostgresDatabase, tmp_path: Path) -> None:
    await install(database, package(tmp_path, "a", resources=[profile(valueSet=VALUE_SET)]))
    older = [("DELETE FROM house.package_binding", ()), ("UPDATE house.package SET bound = false", ())]
    await database.write("house", older, TRACE)
    assert await bindings.catch_up(database, TRACE) == 1
    assert await used(database) == [("p", "Patient.gender", "required")]
    assert await bindings.catch_up(database, TRACE) == 0


async def test_a_definition_of_another_shape_is_passed_over(database: PostgresDatabase, tmp_path: Path) -> None:
    odd = {**profile("odd"), "differential": {"element": "none"}}
    await install(database, package(tmp_path, "a", resources=[odd, profile(valueSet=VALUE_SET)]))
    assert await used(database) == [("p", "Patient.gender", "required")]


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=6
    )
)
def test_no_differential_however_odd_breaks_the_reading(odd: Any) -> None:
    for body in (odd, {"element": odd}, {"element": [{"id": odd, "binding": odd}]}):
        assert stated(serialise({"differential": body})) == []


def test_the_core_tells_what_each_type_binds_itself_not_what_it_inherits() -> None:
    found = core_bindings()["http://hl7.org/fhir/ValueSet/administrative-gender"]
    assert ("http://hl7.org/fhir/StructureDefinition/Patient", "Patient.gender", "required") in [
        (url, one.element, one.strength) for url, one in found
    ]
    languages = core_bindings()["http://hl7.org/fhir/ValueSet/languages"]
    assert "Resource.language" in [one.element for _, one in languages]
    assert "Patient.language" not in [one.element for _, one in languages]


async def test_structures_are_sought_by_words_without_accents(database: PostgresDatabase, tmp_path: Path) -> None:
    accents = {**profile("é"), "title": "Carte d'hôpital à l'étage"}
    await install(database, package(tmp_path, "a", resources=[accents, profile("q")]))
    for words in (("hopital",), ("ETAGE", "carte"), ("HÔPITAL",)):
        rows, total = await definitions.structures(database, Sought(words), offset=0, limit=10)
        assert (total, [one.entry.title for one in rows]) == (1, ["Carte d'hôpital à l'étage"])
    assert await definitions.structures(database, Sought(("hopital", "q")), offset=0, limit=10) == ([], 0)
    assert await definitions.structures(database, Sought(), offset=50, limit=10) == ([], 2)


async def test_structures_built_upon_one_are_found_whatever_version_they_name(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    base = "http://a/StructureDefinition/p"
    below = [
        {**profile(name), "baseDefinition": said}
        for name, said in (("x", base), ("y", f"{base}|1.0"), ("z", f"{base}s"))
    ]
    await install(database, package(tmp_path, "a", resources=[profile(), *below]))
    assert [one.entry.name for one in await definitions.derived(database, base, most=10)] == ["X", "Y"]
