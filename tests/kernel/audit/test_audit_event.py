"""A trace as a FHIR AuditEvent: legal, and saying all that the trace says."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from tests.kernel.audit.test_chain import events

from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.audit.audit_event import ACTOR_SYSTEM, KEY_SYSTEM, MEANS_EXTENSION, audit_event
from socle.kernel.fhir.check import check

TRACE = Trace(
    who="actor-1",
    name="Camille Durand",
    role="identity-agent publisher",
    structure="CHU de Brest",
    means="api-key",
    ground="ins.read as identity-agent; purpose TREAT",
    at=datetime(2026, 3, 1, 8, 30, 0, 125_000, tzinfo=UTC),
    register="ins",
    interaction="read",
    request="r-1",
    source="192.0.2.7",
)
READ = Event(TRACE, Action.READ, entities=("Patient/1/_history/2",), concerns=("Patient/1",))
BASE = "https://socle.example/ins/fhir"


def done(interaction: str, action: Action = Action.READ, register: str = "ins", **changes: object) -> Event:
    trace = replace(TRACE, interaction=interaction, register=register)
    return replace(READ, trace=trace, action=action, **changes)  # type: ignore[arg-type]


def test_who_asked_and_how_it_was_proven() -> None:
    agent = audit_event(READ, id="ins-1-1")["agent"][0]
    assert agent["who"] == {
        "identifier": {"system": ACTOR_SYSTEM, "value": "actor-1"},
        "display": "Camille Durand",
    }
    assert agent["requestor"] is True
    assert agent["network"] == {"address": "192.0.2.7", "type": "2"}
    assert agent["extension"] == [{"url": MEANS_EXTENSION, "valueCode": "api-key"}]
    assert [role["coding"][0]["code"] for role in agent["role"]] == ["identity-agent", "publisher"]


def test_for_whom_the_agent_acts() -> None:
    agents = audit_event(READ, id="x")["agent"]
    assert agents[1] == {"who": {"display": "CHU de Brest"}, "name": "CHU de Brest", "requestor": False}


def test_on_what_ground() -> None:
    resource = audit_event(READ, id="x")
    [purpose] = resource["purposeOfEvent"]
    assert purpose["coding"][0]["code"] == "TREAT"
    assert purpose["text"] == "ins.read as identity-agent; purpose TREAT"
    assert resource["agent"][0]["policy"] == ["urn:socle:permission:ins.read"]


def test_a_purpose_that_hl7_does_not_know_stays_words() -> None:
    other = replace(READ, trace=replace(TRACE, ground="ins.read as identity-agent; purpose MINE"))
    assert "coding" not in audit_event(other, id="x")["purposeOfEvent"][0]


def test_when() -> None:
    assert audit_event(READ, id="x")["recorded"] == "2026-03-01T08:30:00.125Z"


def test_whose_data() -> None:
    person = audit_event(READ, id="x", base=BASE)["entity"][0]
    assert person["what"]["reference"] == f"{BASE}/Patient/1"
    assert (person["type"]["code"], person["role"]["code"]) == ("1", "1")


def test_what_was_touched() -> None:
    touched = audit_event(READ, id="x", base=BASE)["entity"][1]
    assert touched["what"]["reference"] == f"{BASE}/Patient/1/_history/2"
    assert (touched["type"]["code"], touched["role"]["code"]) == ("2", "4")


def test_what_is_no_fhir_reference_is_named() -> None:
    entities = audit_event(replace(READ, entities=("actor/8d42", "Patient")), id="x", base=BASE)["entity"]
    assert [entity["name"] for entity in entities if "name" in entity] == ["actor/8d42", "Patient"]


def test_what_was_asked_is_in_base64() -> None:
    entities = audit_event(replace(READ, query="family=Lefèvre"), id="x")["entity"]
    [query] = [entity for entity in entities if "query" in entity]
    assert base64.b64decode(query["query"]).decode() == "family=Lefèvre"
    assert query["role"]["code"] == "24"


def test_the_request_can_be_found_in_the_logs() -> None:
    assert audit_event(READ, id="x")["entity"][-1]["what"] == {"identifier": {"value": "r-1"}}


def test_a_refusal_says_which_rule() -> None:
    resource = audit_event(replace(READ, outcome=Outcome.REFUSED, detail="403 FORBIDDEN SOCLE-POLICY"), id="x")
    assert (resource["outcome"], resource["outcomeDesc"]) == ("4", "403 FORBIDDEN SOCLE-POLICY")


@pytest.mark.parametrize(
    ("event", "kind", "subtype"),
    [
        (done("read"), "rest", "read"),
        (done("transaction", Action.EXECUTE), "rest", "transaction"),
        (done("$verify", Action.EXECUTE), "rest", "$verify"),
        (done("read", register="audit"), "110101", "read"),
        (done("insi:recherche", Action.EXECUTE, query="traits"), "110112", "insi:recherche"),
        (done("login", Action.EXECUTE, concerns=()), "110114", "110122"),
        (done("logout", Action.EXECUTE, concerns=()), "110114", "110123"),
        (done("actor:create", Action.CREATE, concerns=()), "110100", "actor:create"),
    ],
)
def test_what_kind_of_event(event: Event, kind: str, subtype: str) -> None:
    resource = audit_event(event, id="x")
    assert resource["type"]["code"] == kind
    assert resource["subtype"][0]["code"] == subtype


def test_it_is_legal_fhir() -> None:
    check(audit_event(replace(READ, query="a=b", detail="x"), id="ins-1-1", base=BASE))


@given(events)
def test_an_event_that_a_caller_shaped_still_names_its_agent_and_its_source(event: Event) -> None:
    """Whatever texts callers managed to put into a trace, the members that FHIR requires are there."""
    resource = audit_event(event, id="x")
    assert resource["agent"][0]["requestor"] is True
    assert resource["source"]["observer"]
    assert resource["type"]["code"]


def test_somebody_whom_a_register_knows_by_a_key_of_its_own_is_named_by_it() -> None:
    event = replace(READ, entities=(), concerns=("individu/-6",))
    resource = audit_event(event, id="x", base=BASE)
    assert resource["entity"][0]["what"] == {"identifier": {"system": KEY_SYSTEM, "value": "individu/-6"}}
    check(resource)
