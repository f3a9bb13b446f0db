"""The chain: same event, same bytes; any difference, another hash."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.audit.chain import HASH_SIZE, decode, encode, genesis, link, subject_key, subjects
from socle.kernel.fhir.keys import resource_key, url_key

texts = st.text(max_size=20)
times = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - the zone is added by the strategy
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-11, minutes=-30))]),
)
references = st.builds(
    "{}/{}".format, st.sampled_from(["Patient", "Practitioner"]), st.from_regex(r"[A-Za-z0-9.\-]{1,9}")
)
traces = st.builds(Trace, *[texts] * 6, times, *[texts] * 4)
events = st.builds(
    Event,
    traces,
    st.sampled_from(Action),
    st.sampled_from(Outcome),
    st.lists(references, max_size=3).map(tuple),
    st.lists(references, max_size=3).map(tuple),
    texts,
    texts,
)
hashes = st.binary(min_size=HASH_SIZE, max_size=HASH_SIZE)
chains = st.integers(0, 2**15 - 1)
numbers = st.integers(1, 2**63 - 1)

EVENT = Event(
    Trace(
        who="actor-1",
        name="Camille Durand",
        role="identity-agent",
        structure="CHU de Brest",
        means="api-key",
        ground="ins.read as identity-agent",
        at=datetime(2026, 3, 1, 8, 30, 0, 125, tzinfo=UTC),
        register="ins",
        interaction="read",
        request="r-1",
        source="192.0.2.7",
    ),
    Action.READ,
    entities=("Patient/1/_history/2",),
    concerns=("Patient/1",),
)


@given(events)
def test_an_event_comes_back_equal(event: Event) -> None:
    assert decode(encode(event)) == event


@given(events)
def test_encoding_a_decoded_event_gives_the_same_bytes(event: Event) -> None:
    body = encode(event)
    assert encode(decode(body)) == body


def test_the_same_instant_in_another_zone_is_the_same_event() -> None:
    paris = replace(EVENT, trace=replace(EVENT.trace, at=EVENT.trace.at.astimezone(timezone(timedelta(hours=1)))))
    assert encode(paris) == encode(EVENT)


def test_the_encoding_is_frozen() -> None:
    """Traces are kept for years: a change of these bytes breaks the verification of what is already stored."""
    assert encode(EVENT) == (
        b'{"v":1,"at":"2026-03-01T08:30:00.000125Z","who":"actor-1","name":"Camille Durand","role":"identity-agent",'
        b'"means":"api-key","ground":"ins.read as identity-agent","register":"ins","interaction":"read","action":"R",'
        b'"outcome":"0","structure":"CHU de Brest","request":"r-1","source":"192.0.2.7",'
        b'"entities":["Patient/1/_history/2"],"concerns":["Patient/1"]}'
    )


def test_the_link_is_frozen() -> None:
    found = link(genesis("ins"), 0, 1, EVENT.trace.at, encode(EVENT))
    assert found.hex() == "4bd613405de2847d3785eaac9a972a77d5c3c18b2b753d06ade21f0d95f2c572"


def test_text_that_utf8_cannot_carry_is_still_recorded() -> None:
    body = encode(replace(EVENT, query="name=\udce9", entities=("Patient/\ud800",)))
    assert decode(body).query == "name=\\udce9"
    assert decode(body).entities == ("Patient/\\ud800",)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        encode(replace(EVENT, trace=replace(EVENT.trace, at=datetime(2026, 3, 1))))  # noqa: DTZ001


@pytest.mark.parametrize(
    "body",
    [b"", b"nothing", b"[]", b"{}", b'{"v":2}', b"null", encode(EVENT)[:-1], encode(EVENT).replace(b'"v":1', b'"v":2')],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode(body)


def test_a_member_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        decode(encode(EVENT)[:-1] + b',"hidden":1}')


@pytest.mark.parametrize(
    "member",
    [b'"concerns":[1]', b'"concerns":1', b'"concerns":"Patient"', b'"entities":[null]', b'"query":7', b'"detail":{}'],
)
def test_a_member_of_another_type_is_refused(member: bytes) -> None:
    """Whoever forges a row must not be able to stop the verifier with it."""
    name = member.partition(b":")[0].strip(b'"').decode()
    plain = replace(EVENT, entities=(), concerns=())
    assert not getattr(plain, name)
    with pytest.raises(ValueError, match="event"):
        decode(encode(plain)[:-1] + b"," + member + b"}")


def test_a_local_time_is_refused() -> None:
    with pytest.raises(ValueError, match="type"):
        decode(encode(EVENT).replace(b"000125Z", b"000125"))


@given(st.binary(max_size=200))
def test_reading_garbage_never_does_worse_than_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode(body)


@given(hashes, chains, numbers, times, st.binary(max_size=50), hashes, chains, numbers, times, st.binary(max_size=50))
def test_two_links_are_equal_only_if_all_they_cover_is(
    p1: bytes, c1: int, n1: int, t1: datetime, b1: bytes, p2: bytes, c2: int, n2: int, t2: datetime, b2: bytes
) -> None:
    same = (p1, c1, n1, t1, b1) == (p2, c2, n2, t2, b2)
    assert (link(p1, c1, n1, t1, b1) == link(p2, c2, n2, t2, b2)) is same


@given(hashes, chains, numbers, times, events)
def test_each_part_counts(previous: bytes, chain: int, n: int, at: datetime, event: Event) -> None:
    body = encode(event)
    found = link(previous, chain, n, at, body)
    other = bytes([previous[0] ^ 1]) + previous[1:]
    assert link(other, chain, n, at, body) != found
    assert link(previous, chain ^ 1, n, at, body) != found
    assert link(previous, chain, n ^ 1, at, body) != found
    assert link(previous, chain, n, at + timedelta(microseconds=1), body) != found
    assert link(previous, chain, n, at, body + b" ") != found


def test_a_previous_hash_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        link(b"short", 0, 1, EVENT.trace.at, b"")


def test_each_register_begins_elsewhere() -> None:
    assert genesis("ins") != genesis("sandbox")


def test_subjects_are_the_keys_of_the_persons_concerned_sorted_and_once() -> None:
    event = replace(EVENT, concerns=("Patient/2", "Patient/1", "Patient/2", "https://ailleurs.example/Patient/2"))
    expected = {
        resource_key("Patient", "1"),
        resource_key("Patient", "2"),
        url_key("https://ailleurs.example/Patient/2"),
    }
    assert subjects(event) == sorted(expected)


def test_a_person_is_found_under_the_key_of_the_resource() -> None:
    assert subject_key("Patient/1") == resource_key("Patient", "1")
    assert subject_key("urn:uuid:1/2") == url_key("urn:uuid:1/2")
