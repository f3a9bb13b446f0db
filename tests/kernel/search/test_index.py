"""From a resource to its keys."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from tests.kernel.search.conftest import REGISTER
from tests.kernel.search.worlds import BASE, Json, worlds

from socle.kernel.fhir import temporal
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.keys import key, resource_key, url_key
from socle.kernel.outcome import Problem
from socle.kernel.search.index import Indexer
from socle.kernel.search.parameters import COLUMNS
from socle.kernel.search.register import Register
from socle.kernel.search.types import TYPES, composite, date, reference
from socle.kernel.store import Keys

INDEXER = Indexer(REGISTER, r4(), (BASE,))


def keys(of: str, **members: object) -> Keys:
    return INDEXER.keys({"resourceType": of, "id": "1", **members})


def test_a_code_is_found_with_its_system_alone_or_by_its_system() -> None:
    toks = keys("Observation", code={"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}).toks
    assert key("t", "Observation", "code", "http://loinc.org", "8480-6") in toks
    assert key("c", "Observation", "code", "8480-6") in toks
    assert key("s", "Observation", "code", "http://loinc.org") in toks


def test_an_identifier_is_found_by_its_type_too() -> None:
    typed = {"system": "urn:oid:1.2", "value": "12", "type": {"coding": [{"system": "http://t", "code": "INS-NIR"}]}}
    toks = keys("Patient", identifier=[typed]).toks
    assert key("o", "Patient", "identifier", "http://t", "ins-nir", "12") in toks
    assert key("t", "Patient", "identifier", "urn:oid:1.2", "12") in toks


@pytest.mark.parametrize("text", ["Patient/7", f"{BASE}/Patient/7", "Patient/7/_history/3"])
def test_a_local_reference_is_the_key_of_its_target(text: str) -> None:
    toks = keys("Observation", subject={"reference": text}).toks
    assert key("r", "Observation", "subject") ^ resource_key("Patient", "7") in toks


def test_a_foreign_reference_is_the_key_of_its_address() -> None:
    toks = keys("Observation", subject={"reference": "https://ailleurs/Patient/7"}).toks
    assert key("r", "Observation", "subject") ^ url_key("https://ailleurs/Patient/7") in toks


def test_a_contained_reference_is_not_found_but_is_not_missing() -> None:
    result = keys("Observation", subject={"reference": "#p"}, contained=[{"resourceType": "Patient", "id": "p"}])
    bit = INDEXER.parameters.of("Observation")["subject"].bit
    assert result.present & 1 << bit
    assert result.subject is None


def test_the_person_concerned_is_the_patient_of_the_compartment() -> None:
    assert keys("Patient").subject == "Patient/1"
    assert INDEXER.keys({"resourceType": "Patient"}, "9").subject == "Patient/9"
    assert keys("Observation", subject={"reference": "Patient/7"}).subject == "Patient/7"
    assert keys("Encounter", subject={"reference": f"{BASE}/Patient/7"}).subject == "Patient/7"
    assert keys("Observation", subject={"reference": "Device/7"}).subject is None
    assert keys("Organization", partOf={"reference": "Organization/7"}).subject is None


def test_a_birth_date_is_a_day_and_bounds() -> None:
    result = keys("Patient", birthDate="1980-02-03")
    assert key("d", "Patient", "birthdate", "1980-02-03") in result.toks
    assert result.dlo == datetime(1980, 2, 2, 23, tzinfo=UTC)
    assert result.dates == []


def test_a_month_is_no_day() -> None:
    result = keys("Patient", birthDate="1980-02")
    assert result.dhi == datetime(1980, 2, 29, 22, 59, 59, 999999, tzinfo=UTC)
    assert key("d", "Patient", "birthdate", "1980-02") not in result.toks


def test_several_values_of_the_principal_date_are_kept_one_by_one() -> None:
    events = ["2024-01-01", "2024-03-01"]
    result = keys("MedicationRequest", dosageInstruction=[{"timing": {"event": [event]}} for event in events])
    assert len(result.dates) == 2
    assert result.dlo is not None
    assert result.dlo < datetime(2024, 1, 2, tzinfo=UTC)


def test_a_quantity_is_found_by_its_code_and_by_its_unit_as_displayed() -> None:
    quantity = {"value": Decimal("5.4"), "unit": "mm Hg", "system": "http://u", "code": "mm[Hg]"}
    param = INDEXER.parameters.of("Observation")["value-quantity"].key
    rows = [row for row in keys("Observation", valueQuantity=quantity).numbers if row[0] == param]
    assert rows == [
        (param, 5.4, 5.4, key("q", "http://u", "mm[Hg]"), key("q", "mm[Hg]")),
        (param, 5.4, 5.4, 0, key("q", "mm Hg")),
    ]


def test_a_comparator_opens_an_end() -> None:
    [(_, low, high, *_), *_] = keys("Observation", valueQuantity={"value": 5, "comparator": "<"}).numbers
    assert low == float("-inf")
    assert 4.99 < high < 5


def test_a_name_is_found_by_its_parts_without_accents() -> None:
    result = keys("Patient", name=[{"family": "Noël", "given": ["Zoé", None]}])
    assert {value for _, value in result.strings} == {"noel", "zoe"}
    assert key("x", "Patient", "family", "Noël") in result.toks
    assert key("n", "Patient", "family", "noe") in result.toks


def test_a_code_of_a_required_set_has_its_system() -> None:
    token = key("t", "Patient", "gender", "http://hl7.org/fhir/administrative-gender", "male")
    assert token in keys("Patient", gender="male").toks


def test_tags_profiles_and_labels_are_found() -> None:
    meta = {
        "tag": [{"code": "a"}],
        "security": [{"system": "s", "code": "R"}],
        "profile": ["http://p|1"],
        "source": "urn:x",
    }
    toks = keys("Patient", meta=meta).toks
    assert key("c", "Patient", "_tag", "a") in toks
    assert key("t", "Patient", "_security", "s", "r") in toks
    assert key("u", "Patient", "_profile", "http://p") in toks
    assert key("u", "Patient", "_profile", "http://p|1") in toks
    assert key("u", "Patient", "_source", "urn:x") in toks


def test_a_date_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Problem):
        keys("Patient", birthDate="2023-02-30")


@pytest.mark.parametrize("of", r4().resource_types)
def test_every_type_has_a_place_for_each_parameter(of: str) -> None:
    parameters = INDEXER.parameters.of(of).values()
    own = [parameter for parameter in parameters if parameter.type != "phonetic"]
    assert len({parameter.bit for parameter in own}) == len(own) <= 63
    assert sum(parameter.principal for parameter in parameters) <= 1
    assert keys(of).toks == [] or of == "Patient"


@pytest.mark.parametrize("of", ["Patient", "Person", "Practitioner", "RelatedPerson"])
def test_what_sounds_is_missing_where_the_name_is_missing(of: str) -> None:
    parameters = INDEXER.parameters.of(of)
    assert parameters["phonetic"].bit == parameters["name"].bit


def test_parameters_of_a_register_come_after_those_of_the_standard() -> None:
    own = r4().search_parameters("Patient")["gender"].__class__("aaa", "token", "Patient.language")
    register = Register("x", ("Patient",), frozenset(), {"Patient": {"aaa": own}})
    indexer = Indexer(register, r4())
    assert max(indexer.parameters.of("Patient").values(), key=lambda one: one.bit).name == "aaa"
    assert key("c", "Patient", "aaa", "fr") in indexer.keys({"resourceType": "Patient", "language": "fr"}).toks


def plainly(resource: Json) -> Keys:
    """The keys of a resource, one parameter after another, each as if it were alone."""
    of = resource["resourceType"]
    parameters, into = INDEXER.parameters.of(of), Keys()
    subjects: dict[str, str] = {}
    for parameter in parameters.values():
        kept = not parameter.parts or (parameter.paths and parameter.keeper == parameter.name)
        if not kept or parameter.name in COLUMNS or parameter.type in ("special", "phonetic"):
            continue
        extract = composite.extractor(parameter) if parameter.parts else compiled(parameter.expression, of)
        values = extract(resource)
        if not values:
            continue
        into.present |= 1 << parameter.bit
        if parameter.parts:
            composite.Keeper(parameter, (BASE,))(parameter, values, into)
        elif parameter.type == "reference":
            reference.keys(parameter, values, into, (BASE,))
            local = [
                reference.local(value.get("reference", ""), (BASE,)) for _, value in values if isinstance(value, dict)
            ]
            patients = [f"Patient/{id}" for of, id in filter(None, local) if of == "Patient"]
            subjects |= {parameter.name: patients[0]} if patients else {}
        else:
            TYPES[parameter.type].keys(parameter, values, into)
    if pairs := INDEXER.parameters.pairs(of):
        into.strings += pairs.rows(resource, list(into.strings))
    told = [subjects[name] for name in r4().patient_compartment(of) if name in subjects]
    into.subject = f"Patient/{resource['id']}" if of == "Patient" else told[0] if told else None
    return into


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_parameters_read_together_give_what_each_gives_alone(world: list[Json]) -> None:
    for resource in world:
        quick, slow = INDEXER.keys(resource), plainly(resource)
        assert (quick.present, quick.subject, quick.dlo, quick.dhi) == (slow.present, slow.subject, slow.dlo, slow.dhi)
        assert set(quick.toks) == set(slow.toks)
        assert set(quick.strings) == set(slow.strings)
        assert sorted(quick.numbers) == sorted(slow.numbers)
        assert sorted(quick.dates) == sorted(slow.dates)


def bits(of: str, result: Keys) -> set[str]:
    """The parameters that are there."""
    return {name for name, one in INDEXER.parameters.of(of).items() if result.present >> one.bit & 1}


def test_a_reference_gives_the_token_of_each_parameter_that_reads_it() -> None:
    result = keys("Observation", subject={"reference": "Patient/7"})
    found = {
        name
        for name in ("subject", "patient")
        if key("r", "Observation", name) ^ resource_key("Patient", "7") in result.toks
    }
    assert found == {"subject", "patient"} <= bits("Observation", result)


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Group/7"},
        {"reference": f"{BASE}/Group/7"},
        {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},
        {"reference": "#p"},
        {"type": "Group", "identifier": {"value": "7"}},
    ],
)
def test_what_is_no_patient_is_not_found_as_one(subject: Json) -> None:
    result = keys("Encounter", subject=subject, contained=[{"resourceType": "Group", "id": "p"}])
    assert {"subject", "patient"} & bits("Encounter", result) == {"subject"}
    assert result.subject is None


@pytest.mark.parametrize(
    "more", [{}, {"reference": "Patient/7"}, {"reference": "#p"}, {"reference": f"{BASE}/Patient/7"}]
)
def test_a_logical_reference_is_found_by_each_parameter_that_keeps_its_type(more: Json) -> None:
    subject = {"type": "Patient", "identifier": {"system": "urn:s", "value": "A"}, **more}
    result = keys("Encounter", subject=subject)
    assert {key("i", "Encounter", name, "urn:s", "a") for name in ("subject", "patient")} <= set(result.toks)
    assert {"subject", "patient"} <= bits("Encounter", result)


def test_the_first_of_the_compartment_says_whose_data_it_is_wherever_it_stands() -> None:
    performer, subject = [{"reference": "Patient/2"}], {"reference": "Patient/1"}
    assert keys("Observation", performer=performer, subject=subject).subject == "Patient/1"
    assert keys("Observation", performer=performer, subject={"reference": "Group/1"}).subject == "Patient/2"


def test_the_first_patient_of_several_references_says_whose_data_it_is() -> None:
    actors = ["Practitioner/1", "Patient/2", "Patient/3"]
    participant = [{"actor": {"reference": text}, "status": "accepted"} for text in actors]
    assert keys("Appointment", participant=participant).subject == "Patient/2"


def test_a_part_of_a_name_is_found_by_the_parameters_of_the_part_and_of_the_whole() -> None:
    result = keys("Patient", name=[{"family": "Noël", "given": [None]}])
    assert {key("x", "Patient", name, "Noël") for name in ("name", "family")} <= set(result.toks)
    assert {"name", "family", "given"} & bits("Patient", result) == {"name", "family"}


def test_a_code_of_two_parameters_is_found_by_both() -> None:
    result = keys("Observation", code={"coding": [{"system": "http://l", "code": "A"}]})
    assert {key("t", "Observation", name, "http://l", "a") for name in ("code", "combo-code")} <= set(result.toks)
    assert {"code", "combo-code", "component-code"} & bits("Observation", result) == {"code", "combo-code"}


def test_a_value_that_gives_no_key_is_not_missing() -> None:
    assert "code" in bits("Observation", keys("Observation", code={"text": "oui"}))
    assert "date" in bits("Encounter", keys("Encounter", period={"id": "1"}))


def test_a_telephone_number_is_found_with_and_without_its_kind() -> None:
    toks = keys("Patient", telecom=[{"system": "phone", "value": "0601"}, {"system": "email", "value": "A@b.fr"}]).toks
    assert {key("t", "Patient", "telecom", system, "0601") for system in ("phone", "")} <= set(toks)
    assert key("c", "Patient", "phone", "0601") in toks
    assert key("c", "Patient", "phone", "a@b.fr") not in toks


DAYS = [
    ("1905-06-30T23:50:38Z", "1905-06-30"),  # legal time was 9 minutes 21 seconds ahead
    ("1905-06-30T23:50:39Z", "1905-07-01"),
    ("2024-01-31T22:59:59Z", "2024-01-31"),
    ("2024-01-31T23:00:00Z", "2024-02-01"),
    ("2024-07-31T21:59:59.999Z", "2024-07-31"),
    ("2024-07-31T22:00:00Z", "2024-08-01"),
    ("2024-02-01T11:00:00+12:00", "2024-02-01"),
    ("2024-02-29", "2024-02-29"),
]


@pytest.mark.parametrize(("text", "day"), DAYS)
def test_a_moment_is_of_its_day_in_the_zone_of_the_house(text: str, day: str) -> None:
    toks = keys("Observation", effectiveDateTime=text).toks
    assert key("d", "Observation", "date", day) in toks


@pytest.mark.parametrize(
    ("start", "end", "day"),
    [
        ("2024-03-12T08:00:00Z", "2024-03-12T09:00:00Z", "2024-03-12"),
        ("2024-03-12T22:59:00Z", "2024-03-12T23:01:00Z", ""),
        ("2024-03-12T23:01:00Z", "2024-03-13T22:59:00Z", "2024-03-13"),
    ],
)
def test_a_period_is_of_a_day_when_it_lies_within_it(start: str, end: str, day: str) -> None:
    toks = keys("Encounter", period={"start": start, "end": end}).toks
    days = {one: key("d", "Encounter", "date", one) for one in ("2024-03-12", "2024-03-13")}
    assert [one for one, token in days.items() if token in toks] == ([day] if day else [])


SECONDS = ["2024-03-12T10:11:12Z", "1905-06-30T23:59:60Z", "0001-01-01T00:00:00+14:00", "2024-03-31T02:30:00+02:00"]


@pytest.mark.parametrize("text", SECONDS)
def test_a_second_is_read_as_the_definitions_read_it(text: str) -> None:
    result = keys("Observation", effectiveDateTime=text)
    assert (result.dlo, result.dhi) == temporal.interval(text, date.ZONE)


def test_what_is_no_date_among_the_types_of_a_choice_is_not_indexed_as_one() -> None:
    indexer = Indexer(Register("r", ("Immunization",), frozenset()), r4(), (BASE,))
    found = indexer.keys({"resourceType": "Immunization", "id": "1", "occurrenceString": "January 2012"})
    assert (found.dlo, found.dates) == (None, [])
