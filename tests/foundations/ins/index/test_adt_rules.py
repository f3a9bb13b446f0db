"""Reading PAM France: what a message tells of an identity, and every fault with its place."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.foundations.ins.index.messages import EVN, NIR_TEST, OID, PID, PV1, adt, cx, pid

from socle.foundations.ins.index.adt.model import Doing, Told
from socle.foundations.ins.index.adt.rules import EVENTS, Wrong, read
from socle.foundations.ins.index.model import Identifier
from socle.foundations.ins.model import StatutIdentite
from socle.kernel.hl7v2 import Broken, parse

INS = cx("277010115400329", NIR_TEST, "INS")


def told(data: bytes) -> Told:
    return read(parse(data))


def faults(data: bytes) -> list[tuple[str, int]]:
    with pytest.raises(Wrong) as caught:
        read(parse(data))
    return [(str(fault.place), fault.code) for fault in caught.value.faults if not fault.warning]


def test_an_identity_is_read_as_pam_france_writes_it() -> None:
    found = told(adt()).identity
    assert found.local == Identifier(f"urn:oid:{OID}", "77")
    assert (found.family, found.given, found.usual_family) == ("MARTIN", ("JEANNE", "MARIE"), "DURAND")
    assert (found.born, found.sex, found.place) == ("1980-02-29", "F", "69381")
    assert (found.street, found.postcode, found.city) == ("12 rue des Lilas", "69003", "LYON")
    assert (found.phones, found.mails) == (("0199000001",), ("jeanne@exemple.test",))
    assert found.statut is StatutIdentite.PROV


@pytest.mark.parametrize("event", ["A01", "A02", "A03", "A04", "A08", "A11", "A12", "A13"])
def test_a_movement_gives_its_identity_and_is_said_not_to_be_kept(event: str) -> None:
    found = told(adt(event))
    assert (found.doing, found.identity.family) == (Doing.FEED, "MARTIN")
    assert [(str(one.place), one.code, one.warning) for one in found.warnings] == [("PV1", 0, True)]


def test_the_place_of_a_movement_is_its_own_segment_when_there_is_one() -> None:
    zbe = f"ZBE|{cx('m1')}|20261129101500||INSERT|N|A01"
    assert [str(one.place) for one in told(adt("A01", EVN, pid("77"), PV1, zbe)).warnings] == ["ZBE"]


@pytest.mark.parametrize("event", ["A28", "A31"])
def test_an_identity_alone_has_nothing_more_to_be_told(event: str) -> None:
    assert told(adt(event)).warnings == ()


def test_a_compound_first_name_stays_one() -> None:
    line = PID.format(local=cx("77"), codes="PROV").replace("JEANNE^JEANNE MARIE", "ANNE LISE^ANNE LISE MARIE")
    assert told(adt("A28", EVN, line, PV1)).identity.given == ("ANNE LISE", "MARIE")


@pytest.mark.parametrize(
    ("codes", "statut", "has_ins"),
    [
        ("QUAL", StatutIdentite.QUAL, True),
        ("VALI", StatutIdentite.QUAL, True),  # before the table had QUAL
        ("VALI~DOUB", StatutIdentite.VALI, False),
        ("QUAL~DOUT", StatutIdentite.PROV, False),
        ("RECUP", StatutIdentite.RECUP, False),
        ("PROV~FICT", StatutIdentite.PROV, False),
        ("", None, False),
    ],
)
def test_an_ins_is_taken_only_with_a_qualified_identity(
    codes: str, statut: StatutIdentite | None, has_ins: bool
) -> None:
    found = told(adt(codes=codes, more=(INS,))).identity
    assert (found.statut, found.ins is not None) == (statut, has_ins)


def test_an_ins_whose_validity_is_over_is_a_former_one() -> None:
    nia = cx("777010115400315", NIR_TEST, "INS-NIA", "^^20200101^20210101")
    found = told(adt(codes="QUAL", more=(nia, INS))).identity
    assert found.ins is not None
    assert [one.matricule.numero for one in found.former] == ["7770101154003"]


def test_a_wrong_key_is_warned_of_on_a_test_oid_and_refused_elsewhere() -> None:
    wrong = "277010115400330"
    assert [str(one.place) for one in told(adt(codes="QUAL", more=(cx(wrong, NIR_TEST, "INS"),))).warnings] == [
        "PID-3(2).1"
    ]
    assert faults(adt(codes="QUAL", more=(cx(wrong, "1.2.250.1.213.1.4.8", "INS"),))) == [("PID-3(2).1", 102)]


@pytest.mark.parametrize("event", [event for event, doing in EVENTS.items() if doing is Doing.FEED])
def test_stays_and_movements_feed_the_identity_that_they_carry(event: str) -> None:
    assert told(adt(event)).doing is Doing.FEED


def test_a_merge_names_the_record_that_goes() -> None:
    found = told(adt("A40", EVN, pid("77"), f"MRG|{cx('88')}"))
    assert (found.doing, found.identity.local.value, found.other) == (
        Doing.MERGE,
        "77",
        Identifier(f"urn:oid:{OID}", "88"),
    )


def test_a_separation_names_both_records() -> None:
    found = told(adt("A37", EVN, pid("77"), pid("88")))
    assert (found.doing, found.identity.local.value, found.other and found.other.value) == (Doing.UNMERGE, "77", "88")


def test_a_change_of_identifier_and_a_removal_are_understood() -> None:
    assert told(adt("A47", EVN, pid("77"), f"MRG|{cx('88')}")).doing is Doing.RENAME
    assert told(adt("A29", EVN, pid("77"), PV1)).doing is Doing.REMOVE


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (adt(version="2.5"), [("MSH-12", 203)]),
        (adt(version="2.3.1^FRA^2.11"), [("MSH-12", 203)]),
        (adt("R01"), [("MSH-9.2", 201)]),
        (adt().replace(b"ADT^A28", b"ORU^A28"), [("MSH-9.1", 200)]),
        (adt().replace(b"|42|P|", b"||X|"), [("MSH-10", 101), ("MSH-11", 202)]),
        (adt("A28", EVN, PV1), [("PID", 100)]),
        (adt("A28", pid("77")), [("EVN", 100), ("PV1", 100)]),
        (adt("A40", EVN, pid("77")), [("MRG", 100)]),
        (adt("A40", EVN, pid("77"), f"MRG|{cx('77')}"), [("MRG-1", 204)]),
        (
            adt("A40", EVN, pid("77"), f"MRG|{cx('88')}", pid("78"), f"MRG|{cx('89')}"),
            [("PID(2)", 100), ("MRG(2)", 100)],
        ),
        (adt(local=""), [("PID-3", 101)]),
        (adt("A28", EVN, pid("77").replace(OID, ""), PV1), [("PID-3.4.2", 101)]),
        (adt("A28", EVN, pid("77").replace("^^^^L", ""), PV1), [("PID-5", 101)]),
        (adt("A28", EVN, pid("77").replace("19800229", "19810229"), PV1), [("PID-7", 102)]),
        (adt("A28", EVN, pid("77").replace("|F|", "|X|"), PV1), [("PID-8", 103)]),
        (adt("A28", EVN, pid("77").replace("69381", "LYON"), PV1), [("PID-11(2).9", 103)]),
        (adt(codes="QUAL", more=(cx("277010115400329", "1.2.3", "INS"),)), [("PID-3(2).4.2", 103)]),
        (adt(codes="QUAL", more=(INS, cx("163047511200205", NIR_TEST, "INS"))), [("PID-3(3)", 205)]),
    ],
)
def test_each_fault_has_its_place_and_code(data: bytes, expected: list[tuple[str, int]]) -> None:
    assert faults(data) == expected


@pytest.mark.parametrize("written", ["1980", "198002", "19800229", "198002291015", "19800229101500+0100"])
def test_a_birth_date_may_be_incomplete_and_a_time_is_left_out(written: str) -> None:
    found = told(adt("A28", EVN, pid("77").replace("19800229", written), PV1)).identity
    assert found.born == {4: "1980", 6: "1980-02"}.get(len(written), "1980-02-29")


@given(st.text(alphabet="|^~&\\ABD01LFPI\r\n.", max_size=120))
def test_whatever_follows_msh_is_read_or_refused_never_otherwise(tail: str) -> None:
    with suppress(Broken, Wrong):
        read(parse(adt().replace(b"77^^^", tail.encode() + b"77^^^", 1)))


def test_the_guide_names_the_events_that_are_taken() -> None:
    guide = Path("docs/guides/hl7v2.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in guide.splitlines() if re.match(r"\| [AZ][0-9]{2}", line)]
    named: set[str] = set()
    for first, last in re.findall(r"([AZ][0-9]{2})(?: à A([0-9]{2}))?", " ".join(rows)):
        numbers = range(int(first[1:]), int(last or first[1:]) + 1)
        named |= {f"{first[0]}{number:02}" for number in numbers}
    assert named == EVENTS.keys()


@pytest.mark.parametrize(
    "event", [event for event in EVENTS if event not in ("A28", "A31", "A29", "A37", "A40", "A47")]
)
def test_a_movement_is_said_not_to_be_kept(event: str) -> None:
    [said] = told(adt(event)).warnings
    assert f"le mouvement {event} n'est pas gardé" in said.text.fr
