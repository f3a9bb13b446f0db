"""One resource against a query, in memory: the same answer as the search that would find it."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Problem
from socle.kernel.search.index import Indexer
from socle.kernel.search.matching import Seen, check, holds
from socle.kernel.search.parameter import Context
from socle.kernel.search.parse import Parser
from socle.kernel.search.reference import Entry, Reference
from socle.kernel.search.register import Register

NOW = datetime.fromisoformat("2026-05-04T10:00:00+00:00")
REGISTER = Register("sandbox", r4().resource_types, frozenset())
INDEXER = Indexer(REGISTER, r4())
PARSER = Parser(INDEXER.parameters, REGISTER.types)

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "a",
    "active": True,
    "gender": "female",
    "birthDate": "1980-02-29",
    "name": [{"family": "Lœuvre-Noël", "given": ["Zoé"]}],
    "identifier": [{"system": "urn:s", "value": "12"}],
}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "subject": {"reference": "Patient/a"},
    "effectivePeriod": {"start": "2026-05-01T10:00:00Z", "end": "2026-05-03T10:00:00Z"},
    "valueQuantity": {"value": 72.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
}
QUERIES = {
    "Patient": [
        ("active", ["true", "false"]),
        ("gender", ["female", "male,female", "male"]),
        ("gender:not", ["male", "female"]),
        ("birthdate", ["1980", "gt1979-12-31", "lt1980-02-29", "1980-02-29", "sa1981", "ne1980"]),
        ("name", ["loeuvre", "zo", "martin"]),
        ("family:contains", ["noel", "x"]),
        ("family:exact", ["Lœuvre-Noël", "loeuvre noel"]),
        ("identifier", ["urn:s|12", "|12", "12", "urn:t|"]),
        ("address:missing", ["true", "false"]),
        ("_id", ["a", "b", "a,b"]),
        ("_filter", ["family ew noel and gender eq female", "family eq loeuvre", "not (given co o)", "family sw l"]),
        ("_lastUpdated", ["gt2026-05-01", "2025"]),
    ],
    "Observation": [
        ("code", ["http://loinc.org|29463-7", "29463-7", "http://snomed.info/sct|"]),
        ("subject", ["Patient/a", "Patient/b"]),
        ("date", ["2026-05", "ge2026-05-02", "sa2026-05-03T12:00:00Z", "eb2026-06", "ap2026-05-02"]),
        ("value-quantity", ["72.5", "gt70", "lt70||kg", "72.5|http://unitsofmeasure.org|kg", "72.5||g", "ne72.5"]),
        ("status", ["final", "amended"]),
        ("code-value-quantity", ["29463-7$gt70", "29463-7$lt70", "8480-6$gt1"]),
    ],
}


def both(resource: dict[str, Any], pairs: list[tuple[str, str]]) -> tuple[bool, bool]:
    """(what memory says, what the slow reference says)."""
    of, id = resource["resourceType"], resource["id"]
    conditions = PARSER.parse(pairs, of, Context(NOW)).query.conditions
    check(conditions)
    fast = holds(conditions, Seen(INDEXER.keys(resource), resource_key(of, id), id, NOW))
    slow = Reference(r4(), [Entry(resource, NOW, 1)], "http://x", NOW).search(of, pairs)
    return fast, bool(slow)


@given(st.data())
def test_memory_and_the_slow_reference_agree(data: st.DataObject) -> None:
    resource = data.draw(st.sampled_from([PATIENT, OBSERVATION]))
    questions = QUERIES[resource["resourceType"]]
    some = data.draw(st.lists(st.sampled_from(questions), min_size=1, max_size=3))
    pairs = [(name, data.draw(st.sampled_from(values))) for name, values in some]
    fast, slow = both(resource, pairs)
    assert fast is slow, pairs


def test_each_question_alone() -> None:
    for resource in (PATIENT, OBSERVATION):
        for name, values in QUERIES[resource["resourceType"]]:
            for value in values:
                fast, slow = both(resource, [(name, value)])
                assert fast is slow, (name, value)


@pytest.mark.parametrize("name", ["organization.name", "_has:Observation:patient:status"])
def test_what_looks_at_other_resources_is_refused(name: str) -> None:
    conditions = PARSER.parse([(name, "x")], "Patient", Context(NOW)).query.conditions
    with pytest.raises(Problem, match="chaînage"):
        check(conditions)
