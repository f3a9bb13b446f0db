"""What a server declares in a word: $meta, $export, $import, $graphql, $match; each register takes what suits it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import ORGANIZATION, PATIENT, READ, SANDBOX, WRITE, issue

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.endpoint import ALL, Call
from socle.kernel.rest.operations.matching import Candidate, Match, Wanted
from socle.kernel.store import Change, Stored

Json = dict[str, Any]
LABEL: Json = {
    "resourceType": "Parameters",
    "parameter": [{"name": "meta", "valueMeta": {"tag": [{"system": "urn:t", "code": "a"}]}}],
}


def offered(statement: Json, of: str = "") -> set[str]:
    """The operations of a CapabilityStatement: of the system, or of a type."""
    rest = statement["rest"][0]
    held = next(one for one in rest["resource"] if one["type"] == of) if of else rest
    return {one["name"] for one in held.get("operation", ())}


async def test_every_server_has_meta_and_export_unless_it_says_otherwise(serve: Serve) -> None:
    plain = (await serve(SANDBOX).get("metadata")).json()
    assert offered(plain) == {"meta", "export"}
    assert offered(plain, "Organization") == {"meta", "meta-add", "meta-delete"}
    assert offered(plain, "Patient") == {"meta", "meta-add", "meta-delete", "export"}
    bare = (await serve(replace(SANDBOX, meta=False, export=None)).get("metadata")).json()
    assert offered(bare) == set()
    rich = (await serve(replace(SANDBOX, graphql=True, imports=WRITE)).get("metadata")).json()
    assert offered(rich) == {"meta", "export", "graphql", "import"}


async def test_labels_are_not_changed_where_resources_are_not_updated(serve: Serve) -> None:
    fhir = serve(replace(SANDBOX, by_type={"Patient": ALL - {"update"}}))
    await fhir.post("Patient", PATIENT)
    assert (await fhir.post("Patient/1/$meta-add", LABEL)).status_code in (404, 405)
    assert "meta-add" not in offered((await fhir.get("metadata")).json(), "Patient")


async def test_labels_pass_through_the_register_s_own_rule(serve: Serve) -> None:
    seen: list[tuple[int, str]] = []

    async def admit(change: Change, current: Stored | None, call: Call) -> Change:
        seen.append((current.version if current else 0, call.trace.interaction))
        if current is not None and call.trace.interaction == "$meta-delete":
            raise Problem.of(Kind.RULE_VIOLATED, "Ces étiquettes restent.", "These labels stay.", rule="OURS")
        return change

    fhir = serve(replace(SANDBOX, admit=admit, admitted=("Patient",)))
    await fhir.put("Patient/p", {**PATIENT, "id": "p"})
    await fhir.put("Organization/o", {**ORGANIZATION, "id": "o"})
    assert (await fhir.post("Patient/p/$meta-add", LABEL)).status_code == 200
    refused = await fhir.post("Patient/p/$meta-delete", LABEL)
    assert (refused.status_code, issue(refused)["details"]["text"]) == (422, "OURS")
    assert (
        await fhir.post("Organization/o/$meta-delete", LABEL)
    ).status_code == 200  # the rule looks at no Organization
    assert seen == [(0, "update"), (1, "$meta-add"), (2, "$meta-delete")]
    assert (await fhir.get("Patient/p")).json()["meta"]["versionId"] == "2"


async def matcher(call: Call, wanted: Wanted) -> Sequence[Candidate]:
    """A register's own: the same birth date is possible, the same family too is certain."""
    kept = [{**PATIENT, "id": "a"}, {**PATIENT, "id": "b", "name": [{"family": "Autre"}]}]
    asked = wanted.resource["name"][0]["family"]
    graded = [
        (one, asked == one["name"][0]["family"]) for one in kept if one["birthDate"] == wanted.resource["birthDate"]
    ]
    found = [Candidate(one, "certain" if same else "possible", 1.0 if same else 0.4) for one, same in graded]
    return found[: wanted.count]


MATCHING = replace(SANDBOX, matching=Match(matcher, ("Patient",), READ, most=5))


async def test_a_matcher_is_all_that_a_register_writes_of_match(serve: Serve) -> None:
    fhir = serve(MATCHING)
    found = (await fhir.post("Patient/$match", PATIENT)).json()
    assert [(one["fullUrl"].rpartition("/fhir/")[2], one["search"]["score"]) for one in found["entry"]] == [
        ("Patient/a", 1.0),
        ("Patient/b", 0.4),
    ]
    assert found["entry"][1]["search"]["extension"][0]["valueCode"] == "possible"
    certain = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": PATIENT}, {"name": "onlyCertainMatches", "valueBoolean": True}],
    }
    assert (await fhir.post("Patient/$match", certain)).json()["total"] == 1
    assert (await fhir.post("Patient/$match?count=1", PATIENT)).json()["total"] == 1
    assert (await fhir.as_("nobody").post("Patient/$match", PATIENT)).status_code == 403
    concerned = {person for event in await fhir.events() for person in event.concerns}
    assert concerned == {"Patient/a", "Patient/b"}  # who was shown is traced


@pytest.mark.parametrize(
    ("path", "body", "names"),
    [
        ("Patient/$match", {"resourceType": "Parameters", "parameter": [{"name": "lapin"}]}, "lapin"),
        ("Patient/$match", {"resourceType": "Parameters"}, "resource"),
        ("Patient/$match", ORGANIZATION, "Patient"),
        ("Patient/$match?count=6", PATIENT, "count"),
        ("Patient/$match?count=beaucoup", PATIENT, "count"),
        ("Patient/$match?onlyCertainMatches=oui", PATIENT, "onlyCertainMatches"),
        ("Patient/$match?lapin=1", PATIENT, "lapin"),
    ],
)
async def test_what_match_cannot_read_is_named(serve: Serve, path: str, body: Json, names: str) -> None:
    refused = await serve(MATCHING).post(path, body)
    assert refused.status_code == 400
    assert names in issue(refused)["diagnostics"]
