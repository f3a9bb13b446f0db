"""Definitions for a check, from packages that are files."""

from pathlib import Path
from typing import Any

from tests.kernel.fhir.packages.making import OFFICIAL, needs_official, package, resource

from socle.kernel.fhir.packages.library import core_library, library_of

R4 = "http://hl7.org/fhir/StructureDefinition/"


def profile(url: str, version: str, base: str, *elements: dict[str, Any]) -> dict[str, Any]:
    return resource(
        "StructureDefinition",
        url,
        version=version,
        derivation="constraint",
        baseDefinition=base,
        differential={"element": list(elements)},
    )


def least(structure: dict[str, Any] | None) -> int:
    """min of Patient.name."""
    assert structure is not None
    [found] = [one for one in structure["snapshot"]["element"] if one["path"] == "Patient.name"]
    return int(found["min"])


def shelf(folder: Path) -> Path:
    """A base in two versions, side by side, and a profile of another package on the first."""
    for version, name in (("1.0.0", 1), ("2.0.0", 2)):
        package(
            folder,
            "base",
            version,
            [profile("http://a/base", version, R4 + "Patient", {"path": "Patient.name", "min": name})],
        )
    user = profile("http://a/user", "5.0.0", "http://a/base", {"path": "Patient.gender", "min": 1})
    package(folder, "user", "5.0.0", [user, resource("Questionnaire", "http://a/q", version="1")], {"base": "1.0.0"})
    return folder


def test_the_core_of_r4_needs_no_package() -> None:
    library = core_library()
    assert least(library.structure(R4 + "Patient")) == 0
    assert library.structure("http://a/base") is None


def test_versions_side_by_side(tmp_path: Path) -> None:
    library = library_of([shelf(tmp_path)])
    assert least(library.structure("http://a/base")) == 2  # the latest
    assert least(library.structure("http://a/base|1.0.0")) == 1
    assert least(library.structure("http://a/base|1.5.0")) == 1  # the nearest: that version is not there


def test_a_profile_looks_for_its_base_where_its_package_says(tmp_path: Path) -> None:
    assert least(library_of([shelf(tmp_path)]).structure("http://a/user")) == 1


def test_the_same_object_is_given_again(tmp_path: Path) -> None:
    library = library_of([shelf(tmp_path)])
    assert library.structure("http://a/user") is library.structure("http://a/user")


def test_other_definitions(tmp_path: Path) -> None:
    library = library_of([shelf(tmp_path)])
    found = library.resource("Questionnaire", "http://a/q|1")
    assert found is not None
    assert found["url"] == "http://a/q"
    assert library.resource("ValueSet", "http://a/q") is None


async def test_why_a_profile_is_not_given(tmp_path: Path) -> None:
    lost = profile("http://a/lost", "1", "http://a/nowhere")
    library = library_of([package(tmp_path, "p", resources=[lost])])
    assert library.structure("http://a/lost") is None
    assert not await library.fetch()
    problem = library.problem("http://a/lost")
    assert problem is not None
    assert "http://a/nowhere" in problem.issues[0].text.en


@needs_official
def test_the_french_core() -> None:
    library = library_of([OFFICIAL / "hl7.fhir.fr.core-2.2.0.tgz"])
    found = library.structure("https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient")
    assert found is not None
    assert "Patient.identifier:NSS-NIR" in {one["id"] for one in found["snapshot"]["element"]}
