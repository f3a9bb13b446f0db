"""Acknowledgements answer the sender: its number, its application, and where each fault is."""

from datetime import UTC, datetime

from socle.kernel.hl7v2 import Fault, Place, Status, acknowledge, parse
from socle.kernel.outcome import Text

NOW = datetime(2026, 11, 29, 10, 15, tzinfo=UTC)
SENT = parse(b"MSH|^~\\&|GAM|CHU|MPI|REGION|20261129101500||ADT^A28^ADT_A05|4\\T\\2|P|2.5^FRA^2.11")
FAULT = Fault(Place("PID", 1, 3, 2, 4, 2), 101, Text("L'OID | manque.", "The OID | is missing."))


def test_a_message_that_was_taken_is_acknowledged_to_its_sender() -> None:
    answer = parse(acknowledge(SENT, now=NOW, number="1"))
    header, msa = answer.segments
    assert [header.get(field) for field in (3, 4, 5, 6)] == ["MPI", "REGION", "GAM", "CHU"]
    assert [header.get(9, part) for part in (1, 2, 3)] == ["ACK", "A28", "ACK"]
    assert (header.get(7), header.get(10), header.get(11)) == ("20261129101500+0000", "1", "P")
    assert [header.get(12, part) for part in (1, 2, 3)] == ["2.5", "FRA", "2.11"]
    assert (msa.get(1), msa.get(2)) == ("AA", "4&2")


def test_a_fault_is_an_err_with_place_code_severity_and_words() -> None:
    answer = parse(acknowledge(SENT, [FAULT], now=NOW, number="1"))
    err = answer.first("ERR")
    assert answer.segments[1].get(1) == "AE"
    assert err is not None
    assert [err.get(2, part) for part in range(1, 7)] == ["PID", "1", "3", "2", "4", "2"]
    assert [err.get(3, part) for part in (1, 2, 3)] == ["101", "Required field missing", "HL70357"]
    assert (err.get(4), err.get(7), err.get(8)) == ("E", "The OID | is missing.", "L'OID | manque.")


def test_a_warning_does_not_refuse() -> None:
    warned = Fault(FAULT.place, FAULT.code, FAULT.text, warning=True)
    answer = parse(acknowledge(SENT, [warned], now=NOW, number="1"))
    assert (answer.segments[1].get(1), answer.segments[2].get(4)) == ("AA", "W")


def test_what_could_not_be_read_is_answered_all_the_same() -> None:
    answer = parse(acknowledge(None, [FAULT], now=NOW, number="1", control_id="42"))
    assert (answer.header.get(9), answer.segments[1].get(1), answer.segments[1].get(2)) == ("ACK", "AE", "42")


def test_a_refusal_for_now_says_so() -> None:
    answer = parse(acknowledge(SENT, [FAULT], now=NOW, number="1", status=Status.REJECTED))
    assert answer.segments[1].get(1) == "AR"
