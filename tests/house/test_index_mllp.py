"""The MLLP door of a house as a hospital's patient administration meets it: acknowledgements, and what the index then knows."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.foundations.ins.index.messages import EVN, NIR_TEST, OID, adt, cx, pid
from tests.house.running import PATIENCE, RunningHouse

from socle.kernel.hl7v2 import Message, frame, parse

OTHER = "1.2.250.1.999.2"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with RunningHouse(tmp_path_factory.mktemp("mllp") / "data", "--population", "50") as running:
        yield running


class Sender:
    """A hospital's engine: one connection, one message at a time."""

    def __init__(self, house: RunningHouse) -> None:
        self.socket = socket.create_connection(("127.0.0.1", 2575 + house.port - 8000), timeout=PATIENCE)

    def send(self, data: bytes) -> Message:
        self.socket.sendall(frame(data))
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            answer += self.socket.recv(65_536)
        return parse(answer[1:-2])

    def status(self, data: bytes) -> str:
        return self.send(data).segments[1].get(1)


@pytest.fixture
def sender(house: RunningHouse) -> Iterator[Sender]:
    one = Sender(house)
    yield one
    one.socket.close()


def known(house: RunningHouse, local: str, key: str, oid: str = OID) -> set[str]:
    """What `$ihe-pix` says of a local identifier: the other identifiers, "" when it is unknown."""
    query = urlencode({"sourceIdentifier": f"urn:oid:{oid}|{local}"})
    status, said, _ = house.get(f"/ins/index/fhir/Patient/$ihe-pix?{query}", key=key)
    if status != 200:
        return {""}
    found: list[Any] = [one.get("valueIdentifier", {}).get("value") for one in said.get("parameter", [])]
    return {str(one) for one in found if one}


def test_the_door_is_told_when_the_house_opens(house: RunningHouse) -> None:
    assert f"mllp://127.0.0.1:{2575 + house.port - 8000}" in house.log.read_text()


def test_records_of_two_structures_with_one_qualified_ins_become_one_person(
    house: RunningHouse, sender: Sender
) -> None:
    key = house.key("publisher")
    ins = cx("277010115400329", NIR_TEST, "INS")
    assert sender.status(adt("A28", local="ins-1", codes="QUAL", more=(ins,))) == "AA"
    there = adt("A28", local="ins-2", codes="QUAL", more=(ins,)).replace(OID.encode(), OTHER.encode())
    assert sender.status(there) == "AA"
    assert {"ins-2", "277010115400329"} <= known(house, "ins-1", key)


def test_a_merge_moves_the_identifier_and_a_separation_gives_it_back(house: RunningHouse, sender: Sender) -> None:
    key = house.key("publisher")
    assert [sender.status(adt("A04", local=local)) for local in ("keep", "gone")] == ["AA", "AA"]
    assert sender.status(adt("A40", EVN, pid("keep"), f"MRG|{cx('gone')}")) == "AA"
    merged = known(house, "gone", key)
    assert sender.status(adt("A37", EVN, pid("keep"), pid("gone"))) == "AA"
    assert known(house, "gone", key) != merged


def test_a_wrong_message_is_refused_with_the_place_and_nothing_is_kept(house: RunningHouse, sender: Sender) -> None:
    answer = sender.send(adt("A28", EVN, pid("broken").replace("19800229", "hier"), "PV1||N"))
    err = answer.first("ERR")
    assert err is not None
    assert (answer.segments[1].get(1), err.get(2), err.get(2, 3), err.get(3)) == ("AE", "PID", "7", "102")
    assert known(house, "broken", house.key("publisher")) == {""}


def test_a_merge_of_what_is_not_known_says_so_and_keeps_nothing(house: RunningHouse, sender: Sender) -> None:
    answer = sender.send(adt("A40", EVN, pid("somebody"), f"MRG|{cx('nobody-here')}"))
    err = answer.first("ERR")
    assert err is not None
    assert (answer.segments[1].get(1), err.get(3)) == ("AE", "204")
    assert known(house, "somebody", house.key("publisher")) == {""}


def test_a_message_of_a_merged_record_is_refused_and_the_merge_stays(house: RunningHouse, sender: Sender) -> None:
    assert [sender.status(adt("A04", local=local)) for local in ("stays", "merged")] == ["AA", "AA"]
    assert sender.status(adt("A40", EVN, pid("stays"), f"MRG|{cx('merged')}")) == "AA"
    answer = sender.send(adt("A08", local="merged"))
    err = answer.first("ERR")
    assert err is not None
    assert (answer.segments[1].get(1), err.get(2), err.get(2, 3), err.get(3)) == ("AE", "PID", "3", "204")
    assert known(house, "merged", house.key("publisher")) == {""}


def test_a_control_character_is_refused_as_fhir_refuses_it(house: RunningHouse, sender: Sender) -> None:
    answer = sender.send(adt("A28", EVN, pid("control").replace("MARTIN", "MAR\\X00\\TIN"), "PV1||N"))
    err = answer.first("ERR")
    assert err is not None
    assert (answer.segments[1].get(1), err.get(2), err.get(3)) == ("AE", "PID", "102")
    assert known(house, "control", house.key("publisher")) == {""}


def test_a_movement_is_acknowledged_with_what_is_not_kept_of_it(sender: Sender) -> None:
    answer = sender.send(adt("A01", local="moves"))
    err = answer.first("ERR")
    assert err is not None
    assert (answer.segments[1].get(1), err.get(3), err.get(4)) == ("AA", "0", "I")


def test_what_is_no_hl7_gets_an_acknowledgement_with_its_fault(sender: Sender) -> None:
    answer = sender.send(b"bonjour")
    assert (answer.segments[1].get(1), answer.segments[2].get(3)) == ("AE", "100")


def test_a_key_that_is_not_valid_is_refused_and_a_valid_one_accepted(house: RunningHouse, sender: Sender) -> None:
    def keyed(key: str) -> bytes:
        return adt("A28", local="keyed").replace(b"20261129101500||ADT", b"20261129101500|%s|ADT" % key.encode(), 1)

    refused = sender.send(keyed("nobody"))
    err = refused.first("ERR")
    assert err is not None
    assert (refused.segments[1].get(1), err.get(2, 3)) == ("AR", "8")
    assert err.get(8).startswith("MSH-8")
    assert sender.status(keyed("socle_nobody")) == "AR"
    assert sender.status(keyed(house.key("operator"))) == "AR"
    assert known(house, "keyed", house.key("publisher")) == {""}
    assert sender.status(keyed(house.key("publisher"))) == "AA"
