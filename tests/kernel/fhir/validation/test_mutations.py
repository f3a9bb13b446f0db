"""Take a resource that conforms to a profile, with whatever else it may hold, spoil one thing: that element and that rule
are named, and nothing else.
"""

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.fhir.packages.making import OFFICIAL, needs_official
from tests.kernel.fhir.validation.profiles import URL, found, profile

from socle.kernel.fhir.packages.library import Looking, library_of
from socle.kernel.fhir.validation import CoreCodes, Shelf, validate

Json = dict[str, Any]
INS = "urn:oid:1.2.250.1.213.1.4.8"

SLICED: Json = {"discriminator": [{"type": "value", "path": "system"}], "rules": "openAtEnd", "ordered": True}
AGAIN: Json = {"discriminator": [{"type": "value", "path": "use"}], "rules": "closed", "ordered": True}
PROFILE = profile(
    "Patient",
    {"id": "Patient.identifier", "slicing": SLICED, "min": 1},
    {"id": "Patient.identifier:ins", "min": 1, "max": "2", "slicing": AGAIN},
    {"id": "Patient.identifier:ins.system", "min": 1, "type": [{"code": "uri"}], "fixedUri": INS},
    {"id": "Patient.identifier:ins.value", "min": 1, "type": [{"code": "string"}], "maxLength": 15},
    {"id": "Patient.identifier:ins/officiel", "min": 1, "max": "1"},
    {"id": "Patient.identifier:ins/officiel.use", "min": 1, "type": [{"code": "code"}], "fixedCode": "official"},
    {"id": "Patient.identifier:ins/ancien", "min": 0, "max": "1"},
    {"id": "Patient.identifier:ins/ancien.use", "min": 1, "type": [{"code": "code"}], "fixedCode": "old"},
    {"id": "Patient.identifier:ipp", "min": 0, "max": "1"},
    {"id": "Patient.identifier:ipp.system", "min": 1, "type": [{"code": "uri"}], "fixedUri": "urn:ipp"},
    {"id": "Patient.birthDate", "min": 1, "minValueDate": "1900-01-01"},
    {"id": "Patient.deceased[x]", "type": [{"code": "boolean"}]},
    {"id": "Patient.maritalStatus", "patternCodeableConcept": {"coding": [{"code": "M"}]}},
    {"id": "Patient.animal", "max": "0"},
    {"id": "Patient.photo", "max": "0"},
    {"id": "Patient.contact", "max": "2"},
    {
        "id": "Patient.name",
        "min": 1,
        "constraint": [
            {
                "key": "nom-1",
                "severity": "error",
                "human": "Un nom a une famille.",
                "expression": "family.exists()",
                "source": URL + "essai",
            }
        ],
    },
)
PATIENT: Json = {
    "resourceType": "Patient",
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Zoé</div>'},
    "identifier": [
        {"use": "official", "system": INS, "value": "275126322074974"},
        {"use": "old", "system": INS, "value": "275126322074900"},
        {"system": "urn:ipp", "value": "7"},
    ],
    "name": [{"family": "Adrun", "given": ["Zoé"]}],
    "gender": "female",
    "birthDate": "1975-12-31",
    "maritalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}]},
    "contact": [{"name": {"family": "Adrun"}}],
    "managingOrganization": {"reference": "Organization/o"},
}
_words = st.text("abcdefghéï ", min_size=1, max_size=12).map(lambda text: f"x{text}x")
extras = st.fixed_dictionaries(
    {
        "identifier": st.lists(st.builds(lambda v: {"system": "urn:autre", "value": v}, _words), max_size=3),
        "name": st.lists(
            st.builds(lambda f, g: {"family": f, "given": g}, _words, st.lists(_words, min_size=1)), max_size=2
        ),
        "telecom": st.lists(st.builds(lambda v: {"system": "email", "value": v}, _words), max_size=2),
        "link": st.lists(st.just({"other": {"reference": "Patient/autre"}, "type": "seealso"}), max_size=2),
    }
)


def conforming(more: Json) -> Json:
    """A Patient that conforms, with other things that the profile lets it hold."""
    made = copy.deepcopy(PATIENT)
    for name, values in more.items():
        if values:
            made[name] = [*made.get(name, []), *copy.deepcopy(values)]
    return made


class Mutation(NamedTuple):
    """One thing spoilt: what is done, where it is told, by which rule."""

    do: Callable[[Json], Any]
    place: str
    rule: str


def move(items: list[Json], source: int, to: int) -> None:
    items.insert(to, items.pop(source))


M: dict[str, Mutation] = {
    "a mandatory element goes": Mutation(lambda p: p.pop("birthDate"), "Patient.birthDate", "Patient.birthDate"),
    "a slice goes": Mutation(lambda p: p["identifier"].pop(0), "Patient.identifier", "Patient.identifier:ins/officiel"),
    "a slice is there too often": Mutation(
        lambda p: p["identifier"].insert(3, {"system": "urn:ipp", "value": "8"}),
        "Patient.identifier",
        "Patient.identifier:ipp",
    ),
    "an element of a slice goes": Mutation(
        lambda p: p["identifier"][0].pop("value"), "Patient.identifier[0].value", "Patient.identifier:ins.value"
    ),
    "a text is too long": Mutation(
        lambda p: p["identifier"][0].update(value="2751263220749741"),
        "Patient.identifier[0].value",
        "Patient.identifier:ins.value",
    ),
    "slices change places": Mutation(
        lambda p: move(p["identifier"], 2, 1), "Patient.identifier[2]", "Patient.identifier"
    ),
    "a stranger comes before the end": Mutation(
        lambda p: p["identifier"].insert(2, {"system": "urn:avant"}), "Patient.identifier[3]", "Patient.identifier"
    ),
    "slices of a slice change places": Mutation(
        lambda p: move(p["identifier"], 1, 0), "Patient.identifier[1]", "Patient.identifier:ins"
    ),
    "a closed slice of a slice has a stranger": Mutation(
        lambda p: p["identifier"][1].update(use="temp"), "Patient.identifier[1]", "Patient.identifier:ins"
    ),
    "a prohibited element comes": Mutation(
        lambda p: p.update(photo=[{"title": "moi"}]), "Patient.photo", "Patient.photo"
    ),
    "there are too many": Mutation(
        lambda p: p.update(contact=[{"name": {"family": "A"}}] * 3), "Patient.contact", "Patient.contact"
    ),
    "a choice has another type": Mutation(
        lambda p: p.update(deceasedDateTime="2020"), "Patient.deceased", "Patient.deceased[x]"
    ),
    "a value is below its limit": Mutation(
        lambda p: p.update(birthDate="1899-12-31"), "Patient.birthDate", "Patient.birthDate"
    ),
    "a pattern is not held": Mutation(
        lambda p: p["maritalStatus"]["coding"][0].update(code="S"), "Patient.maritalStatus", "Patient.maritalStatus"
    ),
    "an invariant of the profile is broken": Mutation(lambda p: p["name"][0].pop("family"), "Patient.name[0]", "nom-1"),
    "an invariant of the type is broken": Mutation(
        lambda p: p.update(contact=[{"gender": "male"}]), "Patient.contact[0]", "pat-1"
    ),
    "a code is not in a required value set": Mutation(
        lambda p: p.update(gender="féminin"), "Patient.gender", "required"
    ),
    "a reference leads to another type": Mutation(
        lambda p: p.update(managingOrganization={"reference": "Patient/o"}),
        "Patient.managingOrganization.reference",
        "FHIR R4 datatypes.html",
    ),
    "an OID has lost its urn:oid:": Mutation(
        lambda p: p["identifier"].append({"system": "1.2.250.1.71"}),
        "Patient.identifier[{last}].system",
        "identifier",
    ),
    "the narrative is emptied": Mutation(
        lambda p: p["text"].update(div='<div xmlns="http://www.w3.org/1999/xhtml"> <br/>&#160;</div>'),
        "Patient.text.div",
        "txt-2",
    ),
}
SHELF = Shelf([PROFILE])
CODES = CoreCodes(SHELF)


def errors(resource: Json) -> list[tuple[str, str]]:
    return found(validate(resource, SHELF, CODES, profiles=[PROFILE["url"]]))


@given(extras)
@settings(max_examples=20, deadline=None)
def test_what_conforms_has_no_error_whatever_else_it_holds(more: Json) -> None:
    assert errors(conforming(more)) == []


@given(extras, st.sampled_from(sorted(M)))
@settings(max_examples=150, deadline=None)
def test_one_thing_spoilt_is_named_and_nothing_else(more: Json, name: str) -> None:
    do, place, rule = M[name]
    resource = conforming(more)
    do(resource)
    place = place.format(last=len(resource["identifier"]) - 1)
    assert errors(resource) == [(place, rule)], name


FR = "https://hl7.fr/ig/fhir/core/StructureDefinition/"
QUALIFIED: Json = {
    "resourceType": "Patient",
    "extension": [
        {
            "url": FR + "fr-core-identity-reliability",
            "extension": [
                {
                    "url": "identityStatus",
                    "valueCoding": {
                        "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445",
                        "code": "VALI",
                    },
                }
            ],
        },
    ],
    "identifier": [
        {
            "use": "official",
            "type": {
                "coding": [{"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": "INS-NIR"}]
            },
            "system": INS,
            "value": "275126322074974",
        }
    ],
    "name": [{"use": "official", "family": "ADRUN", "given": ["ZOE"]}],
    "gender": "female",
    "birthDate": "1975-12-31",
}


@pytest.fixture(scope="module")
def fr_core() -> Looking:
    return library_of([OFFICIAL / "hl7.fhir.fr.core-2.2.0.tgz"])


@needs_official
@pytest.mark.parametrize(
    ("spoil", "rule", "says"),
    [
        (lambda p: p["identifier"][0].update(system="urn:oid:1.2.250.1.999"), "fr-core-1", "1.2.250.1.213.1.4.8"),
        (
            lambda p: p["identifier"].append({"use": "official", "system": "urn:oid:1.2.250.1.71.4.2.2", "value": "1"}),
            "fr-core-2",
            "a un seul identifier officiel",
        ),
    ],
)
def test_rules_of_fr_core_are_said_in_our_words(
    fr_core: Looking, spoil: Callable[[Json], Any], rule: str, says: str
) -> None:
    def told(resource: Json) -> dict[str, str]:
        report = validate(resource, fr_core, CoreCodes(fr_core), profiles=[FR + "fr-core-patient-ins"])
        return {one.rule.rpartition("#")[2]: one.text.fr for one in report.issues if one.rule.startswith(FR)}

    assert rule not in told(QUALIFIED)
    spoilt = copy.deepcopy(QUALIFIED)
    spoil(spoilt)
    assert says in told(spoilt)[rule]
