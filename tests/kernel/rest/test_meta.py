"""$meta, $meta-add, $meta-delete. Source: FHIR R4 resource-operations.html."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import ORGANIZATION, PATIENT, SANDBOX, Fhir, issue

from socle.kernel.rest.meta import with_labels, without_labels

Json = dict[str, Any]
ENDPOINT = SANDBOX
TAG = {"system": "urn:t", "code": "a", "display": "A"}
SECRET = {"system": "urn:s", "code": "R"}


def labels(**meta: Any) -> Json:
    return {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": meta}]}


def returned(answer: Any) -> Json:
    assert answer.status_code == 200, answer.text
    meta: Json = answer.json()["parameter"][0]["valueMeta"]
    return meta


@pytest.fixture
async def patient(serve: Serve) -> Fhir:
    fhir = serve(ENDPOINT)
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1", "meta": {"tag": [TAG]}})
    return fhir


async def test_labels_are_added_once_and_removed(patient: Fhir) -> None:
    added = returned(
        await patient.post("Patient/p1/$meta-add", labels(tag=[TAG, {**TAG, "code": "b"}], security=[SECRET]))
    )
    assert (added["versionId"], added["tag"], added["security"]) == ("2", [TAG, {**TAG, "code": "b"}], [SECRET])
    assert returned(await patient.get("Patient/p1/$meta")) == added == (await patient.get("Patient/p1")).json()["meta"]
    gone = returned(
        await patient.post("Patient/p1/$meta-delete", labels(tag=[{"system": "urn:t", "code": "a"}], security=[SECRET]))
    )
    assert (gone["versionId"], gone["tag"], "security" in gone) == ("3", [{**TAG, "code": "b"}], False)
    assert (await patient.get("Patient?_tag=urn:t|b&_summary=count")).json()["total"] == 1


async def test_what_changes_nothing_makes_no_version_and_leaves_a_trace(patient: Fhir) -> None:
    assert returned(await patient.post("Patient/p1/$meta-add", labels(tag=[TAG])))["versionId"] == "1"
    assert returned(await patient.post("Patient/p1/$meta-delete", labels(profile=["urn:none"])))["versionId"] == "1"
    assert await patient.versions() == 1
    events = await patient.events()
    assert [event.trace.interaction for event in events] == ["update", "$meta-add", "$meta-delete"]
    assert events[-1].concerns == ("Patient/p1",)


async def test_past_versions_keep_their_labels(patient: Fhir) -> None:
    await patient.post("Patient/p1/$meta-add", labels(security=[SECRET]))
    assert "security" not in returned(await patient.get("Patient/p1/_history/1/$meta"))
    assert returned(await patient.get("Patient/p1/_history/2/$meta"))["security"] == [SECRET]
    assert (await patient.post("Patient/p1/_history/1/$meta-add", labels(tag=[TAG]))).status_code == 404
    assert (await patient.get("Patient/p1/_history/x/$meta")).status_code == 404


async def test_labels_in_use_in_a_type_and_in_the_register(patient: Fhir) -> None:
    await patient.put("Patient/p2", {**PATIENT, "id": "p2", "meta": {"tag": [TAG], "profile": ["urn:p"]}})
    await patient.put("Organization/o", {**ORGANIZATION, "id": "o", "meta": {"security": [SECRET]}})
    await patient.put("Patient/p3", {**PATIENT, "id": "p3", "meta": {"tag": [{**TAG, "code": "z"}]}})
    await patient.delete("Patient/p3")
    assert returned(await patient.get("Patient/$meta")) == {"profile": ["urn:p"], "tag": [TAG]}
    assert returned(await patient.get("$meta")) == {"profile": ["urn:p"], "security": [SECRET], "tag": [TAG]}
    assert (await patient.get("Encounter/$meta")).json() == {"resourceType": "Parameters"}


@pytest.mark.parametrize(
    "body",
    [
        PATIENT,
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": [{"name": "other", "valueMeta": {"tag": [TAG]}}]},
        {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueString": "x"}]},
        labels(versionId="7"),
        labels(tag=[{"system": "urn:t"}]),
    ],
)
async def test_what_says_no_labels_is_refused(patient: Fhir, body: Json) -> None:
    answer = await patient.post("Patient/p1/$meta-add", body)
    assert (answer.status_code, issue(answer)["severity"]) == (400, "error")
    assert await patient.versions() == 1


async def test_who_may_and_on_what(patient: Fhir) -> None:
    assert (await patient.as_("reader").get("Patient/p1/$meta")).status_code == 200
    assert (await patient.as_("reader").post("Patient/p1/$meta-add", labels(tag=[TAG]))).status_code == 403
    assert (await patient.as_("nobody").get("$meta")).status_code == 403
    assert (await patient.as_("").get("Patient/p1/$meta")).status_code == 401
    assert (await patient.get("Patient/p1/$meta-add")).status_code == 405
    assert (await patient.post("Patient/nobody/$meta-add", labels(tag=[TAG]))).status_code == 404
    await patient.delete("Patient/p1")
    assert (await patient.get("Patient/p1/$meta")).status_code == 410


META = st.fixed_dictionaries(
    {},
    optional={
        "tag": st.lists(
            st.builds(lambda s, c: {"system": s, "code": c}, st.sampled_from("xy"), st.sampled_from("ab")), min_size=1
        ),
        "profile": st.lists(st.sampled_from(["urn:1", "urn:2"]), min_size=1),
    },
)


@given(META, META)
def test_adding_then_removing(meta: Json, more: Json) -> None:
    added = with_labels(meta, more)
    assert with_labels(added, more) == added
    assert all(one in added[name] for name in more for one in more[name])
    left = without_labels(added, more)
    assert not any(one in left.get(name, ()) for name in more for one in more[name])
    assert without_labels(left, more) == left
