"""Everything a resource refers to is found, and can be rewritten."""

import pytest
from tests.kernel.fhir.samples import observation, patient

from socle.kernel.fhir.references import references, rewrite, split_reference, target_type

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Patient/1", ("", "Patient", "1", None)),
        ("Patient/1/_history/2", ("", "Patient", "1", "2")),
        ("https://example.org/fhir/Patient/1", ("https://example.org/fhir", "Patient", "1", None)),
        ("Patent/1", None),
        ("Patient/", None),
        ("Patient/1/2", None),
        ("#p", None),
        ("urn:uuid:1", None),
        ("https://example.org/", None),
    ],
)
def test_a_restful_reference_has_four_parts(text: str, parts: tuple[str, str, str, str | None] | None) -> None:
    assert split_reference(text) == parts


def test_the_type_of_a_target_comes_from_the_text_before_the_declared_type() -> None:
    assert target_type({"reference": "Patient/1", "type": "Group"}) == "Patient"
    assert target_type({"type": "http://hl7.org/fhir/StructureDefinition/Patient"}) == "Patient"
    assert target_type({"display": "x"}) is None


def everywhere() -> dict[str, object]:
    link = {"reference": "urn:uuid:1"}
    return patient(
        text={"status": "generated", "div": f"{DIV}<a href=\"urn:uuid:1\">x</a><img src='urn:uuid:2'/></div>"},
        contained=[observation(subject=dict(link))],
        extension=[
            {"url": "urn:uuid:1", "valueReference": dict(link)},
            {
                "url": "u",
                "extension": [{"url": "v", "valueUri": "urn:uuid:1"}, {"url": "w", "valueCanonical": "urn:uuid:1"}],
            },
        ],
        _birthDate={"extension": [{"url": "u", "valueReference": dict(link)}]},
        managingOrganization=dict(link),
        generalPractitioner=[{"display": "no text"}, dict(link)],
        name=[
            {
                "family": "urn:uuid:1",
                "_given": [None, {"extension": [{"url": "u", "valueUrl": "urn:uuid:1"}]}],
                "given": ["a", None],
            }
        ],
    )


def test_every_reference_is_found_with_its_path() -> None:
    assert {path for _, path in references(everywhere())} == {
        "Patient.managingOrganization",
        "Patient.contained[0].subject",
        "Patient.extension[0].value",
        "Patient.birthDate.extension[0].value",
        "Patient.generalPractitioner[1]",
    }


def test_a_reference_found_can_be_changed() -> None:
    resource = observation()
    ((reference, path),) = references(resource)
    assert path == "Observation.subject"
    reference["reference"] = "Patient/2"
    assert resource["subject"] == {"reference": "Patient/2"}


def test_references_in_the_entries_of_a_bundle_are_found() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": observation()}]}
    assert [path for _, path in references(bundle)] == ["Bundle.entry[0].resource.subject"]


def test_every_link_is_rewritten_and_nothing_else() -> None:
    resource = everywhere()
    assert rewrite(resource, {"urn:uuid:1": "Organization/7"}.get) == 8
    assert [reference["reference"] for reference, _ in references(resource)] == ["Organization/7"] * 5
    assert resource["text"]["div"] == f"{DIV}<a href=\"Organization/7\">x</a><img src='urn:uuid:2'/></div>"  # type: ignore[index]
    first, second = resource["extension"]  # type: ignore[misc]
    assert first["url"] == "urn:uuid:1"  # names the extension: no link
    assert [nested.get("valueUri", nested.get("valueCanonical")) for nested in second["extension"]] == [
        "Organization/7",
        "urn:uuid:1",  # canonical elements are left as they are
    ]
    assert resource["name"][0]["family"] == "urn:uuid:1"  # type: ignore[index]


def test_a_link_in_a_narrative_is_escaped() -> None:
    resource = patient(text={"status": "generated", "div": f'{DIV}<a href="a?b=1&amp;c=2">x</a></div>'})
    assert rewrite(resource, {"a?b=1&c=2": 'd"&e'}.get) == 1
    assert resource["text"]["div"] == f'{DIV}<a href="d&quot;&amp;e">x</a></div>'
