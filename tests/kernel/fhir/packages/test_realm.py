"""Which packages are nearest: those of a country, then others, then what everybody builds upon."""

import pytest

from socle.kernel.fhir.packages import nearest_first, nearness


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("hl7.fhir.fr.core", 0),
        ("ans.fhir.fr.ror", 0),
        ("ans.fr.nos", 0),
        ("ihe.iti.mhd", 1),
        ("hl7.fhir.uv.ips", 1),
        ("hl7.fhir.us.core", 1),
        ("acme.frites", 1),
        ("hl7.fhir.r4.core", 2),
        ("hl7.fhir.r4b.core", 2),
        ("hl7.fhir.uv.extensions.r4", 2),
        ("hl7.terminology.r4", 2),
    ],
)
def test_a_name_tells_whose_a_package_is(name: str, place: int) -> None:
    assert nearness(name, "fr") == place


def test_without_a_realm_only_what_everybody_builds_upon_stands_apart() -> None:
    assert [nearness(name, "") for name in ("hl7.fhir.fr.core", "hl7.fhir.r4.core")] == [1, 2]


def test_the_latest_version_comes_first_numbers_being_numbers() -> None:
    held = [("hl7.terminology.r4", "7.0.1"), ("hl7.fhir.fr.core", "2.9.0"), ("b", "1"), ("hl7.fhir.fr.core", "2.10.0")]
    assert nearest_first(held, "fr") == [held[3], held[1], held[2], held[0]]
