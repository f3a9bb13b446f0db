"""What a Bundle asks beyond its elements."""

from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import found, judged

Json = dict[str, Any]
ONE = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
TWO = "urn:uuid:1c3151bd-1cbf-4d64-b04d-cd9187a4c6e1"


def bundle(kind: str, *entries: Json, **members: Any) -> Json:
    return {"resourceType": "Bundle", "type": kind, **members, "entry": list(entries)}


def entry(url: str | None, resource: Json, **members: Any) -> Json:
    return {**({"fullUrl": url} if url else {}), "resource": resource, **members}


def patient(**members: Any) -> Json:
    return {"resourceType": "Patient", "active": True, **members}


def composition(**members: Any) -> Json:
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": {"text": "compte rendu"},
        "date": "2026-01-01",
        "author": [{"display": "Dr Martin"}],
        "title": "Compte rendu",
        **members,
    }


def document(*entries: Json) -> Json:
    return bundle("document", *entries, identifier={"system": "urn:x", "value": "1"}, timestamp="2026-01-01T10:00:00Z")


def test_each_entry_says_the_identity_of_its_resource() -> None:
    assert found(judged(bundle("collection", entry(None, patient())))) == [("Bundle.entry[0]", "references")]
    assert (
        found(judged(bundle("transaction", entry(None, patient(), request={"method": "POST", "url": "Patient"})))) == []
    )


def test_a_full_url_names_the_resource_that_is_there() -> None:
    good = bundle("collection", entry("https://x.test/Patient/1", patient(id="1")))
    assert found(judged(good)) == []
    bad = bundle("collection", entry("https://x.test/Patient/2", patient(id="1")))
    assert found(judged(bad)) == [("Bundle.entry[0].fullUrl", "references")]
    assert found(judged(bundle("collection", entry("Patient/1", patient(id="1"))))) == [
        ("Bundle.entry[0].fullUrl", "references")
    ]


def test_a_resource_is_there_once() -> None:
    assert found(judged(bundle("collection", entry(ONE, patient()), entry(ONE, patient())))) == [
        ("Bundle.entry[1].fullUrl", "bdl-7")
    ]


@pytest.mark.parametrize(
    ("kind", "members", "told"),
    [
        ("transaction", {}, ("request", "bdl-3")),
        ("collection", {"request": {"method": "POST", "url": "Patient"}}, ("request", "bdl-3")),
        ("batch-response", {}, ("response", "bdl-4")),
        ("searchset", {"response": {"status": "200"}}, ("response", "bdl-4")),
        ("collection", {"search": {"mode": "match"}}, ("search", "bdl-2")),
        ("searchset", {"search": {"mode": "match"}}, None),
        ("searchset", {}, None),
        ("batch-response", {"response": {"status": "200"}}, None),
    ],
)
def test_what_stands_beside_a_resource_is_told_at_its_entry(
    kind: str, members: Json, told: tuple[str, str] | None
) -> None:
    other = {"response": {"status": "200"}} if kind == "batch-response" else {}
    other |= {"request": {"method": "POST", "url": "Patient"}} if kind == "transaction" else {}
    held = bundle(kind, entry(ONE, patient(), **other), entry(TWO, patient(), **members))
    assert found(judged(held)) == ([(f"Bundle.entry[1].{told[0]}", told[1])] if told else [])


PATIENT_1 = "Patient/1"


@pytest.mark.parametrize(
    ("method", "url", "resource"),
    [
        ("POST", "Patient", patient()),
        ("POST", "Patient/_search?family=a", None),
        ("POST", "Patient/$validate", {"resourceType": "Parameters"}),
        ("PUT", PATIENT_1, patient(id="1")),
        ("PUT", "Patient?identifier=a|1", patient()),
        ("PATCH", PATIENT_1, {"resourceType": "Parameters"}),
        ("DELETE", PATIENT_1, None),
        ("GET", PATIENT_1, None),
    ],
)
def test_what_is_asked_for_an_entry_may_be_asked(method: str, url: str, resource: Json | None) -> None:
    asked = {"request": {"method": method, "url": url}, **({"resource": resource} if resource else {})}
    assert [one for one in found(judged(bundle("transaction", asked))) if "request" in one[0]] == []


@pytest.mark.parametrize(
    ("method", "url", "resource", "place"),
    [
        ("POST", "Patient", None, "Bundle.entry[0]"),
        ("PUT", PATIENT_1, None, "Bundle.entry[0]"),
        ("POST", "Practitioner", patient(), "Bundle.entry[0].request.url"),
        ("POST", PATIENT_1, patient(), "Bundle.entry[0].request.url"),
        ("PUT", "Patient/2", patient(id="1"), "Bundle.entry[0].request.url"),
        ("PUT", "Organization?identifier=a|1", patient(), "Bundle.entry[0].request.url"),
    ],
)
def test_a_write_has_its_resource_and_names_it(method: str, url: str, resource: Json | None, place: str) -> None:
    asked = {"request": {"method": method, "url": url}, **({"resource": resource} if resource else {})}
    assert found(judged(bundle("batch", asked))) == [(place, "transaction")]


def test_a_transaction_writes_a_resource_once() -> None:
    put = {"resource": patient(id="1"), "request": {"method": "PUT", "url": PATIENT_1}}
    delete = {"request": {"method": "DELETE", "url": PATIENT_1}}
    assert found(judged(bundle("transaction", put, delete))) == [("Bundle.entry[1].request.url", "transaction")]
    assert found(judged(bundle("batch", put, delete))) == []


def test_a_document_begins_with_a_composition_and_has_an_identity() -> None:
    assert found(judged(document(entry(ONE, composition())))) == []
    assert ("Bundle", "bdl-11") in found(judged(document(entry(ONE, patient()))))
    bare = bundle("document", entry(ONE, composition()))
    assert {rule for _, rule in found(judged(bare))} == {"bdl-9", "bdl-10"}


def test_what_a_composition_cites_is_in_the_document() -> None:
    cited = composition(subject={"reference": TWO})
    assert found(judged(document(entry(ONE, cited), entry(TWO, patient())))) == []
    assert found(judged(document(entry(ONE, cited)))) == [("Bundle.entry[0].resource.subject", "references")]


def test_a_relative_reference_of_a_composition_leads_by_the_full_urls_not_by_type_and_id() -> None:
    author = patient(id="a")
    cites = composition(id="c", author=[{"reference": "Patient/a"}])
    base = "https://x.test/"
    good = document(entry(base + "Composition/c", cites), entry(base + "Patient/a", author))
    assert found(judged(good)) == []
    for urls in ((ONE, TWO), (base + "Composition/c", TWO), (base + "Composition/c", "https://y.test/Patient/a")):
        bad = document(entry(urls[0], cites), entry(urls[1], author))
        assert found(judged(bad)) == [("Bundle.entry[0].resource.author[0]", "references")]


def test_so_does_the_focus_of_a_message() -> None:
    header: Json = {
        "resourceType": "MessageHeader",
        "eventUri": "https://x.test/evenement",
        "source": {"endpoint": "https://x.test/"},
    }
    heads = entry(ONE, {**header, "focus": [{"reference": "Patient/a"}], "sender": {"reference": "Organization/o"}})
    sender = entry(TWO, {"resourceType": "Organization", "id": "o", "name": "CHU"})
    message = bundle("message", heads, entry(TWO[:-1] + "2", patient(id="a")), sender)
    assert found(judged(message)) == [("Bundle.entry[0].resource.focus[0]", "references")]


def test_a_full_url_that_says_an_id_is_that_of_a_resource_that_has_it() -> None:
    url = "https://x.test/Patient/1"
    assert found(judged(bundle("collection", entry(url, patient())))) == [("Bundle.entry[0].fullUrl", "references")]
    assert found(judged(bundle("collection", entry(ONE, patient())))) == []
    post = {"method": "POST", "url": "Patient"}
    assert found(judged(bundle("transaction", entry(url, patient(), request=post)))) == []


def test_what_is_in_a_document_is_reached_from_its_composition() -> None:
    report = judged(document(entry(ONE, composition()), entry(TWO, patient())))
    assert ("Bundle.entry[1]", "content") in found(report, "warning")


def test_a_message_begins_with_its_header() -> None:
    assert ("Bundle", "bdl-12") in found(judged(bundle("message", entry(ONE, patient()))))


def test_what_is_in_the_bundle_is_where_references_lead() -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "urn:uuid:2c3151bd-1cbf-4d64-b04d-cd9187a4c6e1"},
    }
    assert found(judged(bundle("collection", entry(ONE, observation))), "warning") == [
        ("Bundle.entry[0].resource.subject", "references")
    ]


def test_what_a_reference_finds_in_the_bundle_is_of_a_type_that_is_allowed() -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": TWO},
    }
    assert found(judged(bundle("collection", entry(ONE, observation), entry(TWO, patient())))) == []
    practitioner = {"resourceType": "Practitioner", "active": True}
    assert found(judged(bundle("collection", entry(ONE, observation), entry(TWO, practitioner)))) == [
        ("Bundle.entry[0].resource.subject", "Observation.subject")
    ]


def test_each_resource_of_a_bundle_is_checked() -> None:
    assert found(judged(bundle("collection", entry(ONE, patient(contact=[{"gender": "male"}]))))) == [
        ("Bundle.entry[0].resource.contact[0]", "pat-1")
    ]
