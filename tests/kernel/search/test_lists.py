"""Lists that nobody writes: what is current of a patient, by the rules of docs/conformance/search.md."""

from itertools import product
from typing import Any

import pytest
from tests.kernel.search.conftest import Finder
from tests.kernel.search.worlds import BASE

from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Problem
from socle.kernel.search.functional import LISTS
from socle.kernel.search.reference import Entry, Reference

CODES = "http://terminology.hl7.org/CodeSystem"
SUBJECT = {"reference": "Patient/p"}


def concept(system: str, code: str) -> dict[str, Any]:
    """A coded value, {} for none."""
    return {"coding": [{"system": f"{CODES}/{system}", "code": code}]} if code else {}


def having(**members: Any) -> dict[str, Any]:
    """Those that hold something."""
    return {name: value for name, value in members.items() if value}


def records() -> list[dict[str, Any]]:
    """Problems, allergies and medications in every state that the rules tell apart."""
    found: list[dict[str, Any]] = []
    problems = product(
        ("", "active", "relapse", "remission"),
        ("", "confirmed", "refuted"),
        ("", "problem-list-item", "encounter-diagnosis"),
    )
    for clinical, believed, category in problems:
        found.append(
            having(
                resourceType="Condition",
                clinicalStatus=concept("condition-clinical", clinical),
                verificationStatus=concept("condition-ver-status", believed),
                category=[concept("condition-category", category)] if category else [],
                subject=SUBJECT,
            )
        )
    for clinical, believed, category in product(
        ("", "active", "resolved"), ("", "entered-in-error"), ("", "food", "medication")
    ):
        found.append(
            having(
                resourceType="AllergyIntolerance",
                clinicalStatus=concept("allergyintolerance-clinical", clinical),
                verificationStatus=concept("allergyintolerance-verification", believed),
                category=[category] if category else [],
                patient=SUBJECT,
            )
        )
    found += [
        {"resourceType": "MedicationStatement", "status": one, "subject": SUBJECT} for one in ("active", "stopped")
    ]
    for status, intent in product(("active", "completed"), ("order", "instance-order", "plan")):
        found.append({"resourceType": "MedicationRequest", "status": status, "intent": intent, "subject": SUBJECT})
    return [{**one, "id": f"r{n}"} for n, one in enumerate(found)]


@pytest.mark.parametrize(("name", "of"), [(name, of) for name, types in LISTS.items() for of in types])
async def test_a_functional_list_holds_what_is_current(finder: Finder, name: str, of: str) -> None:
    every = [one for one in records() if one["resourceType"] == of]
    await finder.put(*every)
    slow = Reference(r4(), [Entry(one, finder.clock.now, n) for n, one in enumerate(every)], BASE, finder.clock.now)
    expected = [entry.id for entry in slow.search(of, [("_list", name), ("patient", "Patient/p")])]
    assert 0 < len(expected) < len(every)
    assert await finder.ids(of, f"_list={name}&patient=Patient/p") == expected


async def test_a_list_that_never_holds_the_type_is_refused(finder: Finder) -> None:
    for of, name in (("Condition", "$current-allergies"), ("Patient", "$current-problems")):
        with pytest.raises(Problem) as caught:
            await finder.ids(of, f"_list={name}")
        assert caught.value.issues[0].code == "not-supported"


async def test_it_goes_with_lists_that_are_written(finder: Finder) -> None:
    gone = {"resourceType": "MedicationStatement", "id": "gone", "status": "stopped", "subject": SUBJECT}
    taken = {**gone, "id": "taken", "status": "active"}
    kept = {"item": {"reference": "MedicationStatement/gone"}}
    await finder.put(
        gone, taken, {"resourceType": "List", "id": "l", "status": "current", "mode": "working", "entry": [kept]}
    )
    assert await finder.ids("MedicationStatement", "_list=$current-medications,l") == ["gone", "taken"]
