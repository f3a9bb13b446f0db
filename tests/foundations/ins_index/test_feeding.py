"""Records come in, change, go out: persons follow at once, nothing is lost, nobody writes in another's domain."""

import asyncio
from dataclasses import replace

import pytest
from tests.foundations.ins_index.support import (
    AGENT,
    NORTH,
    SOUTH,
    STRANGER,
    WEST,
    IndexUnderTest,
    ins,
    patient,
)

from socle.foundations.ins.index import actions
from socle.foundations.ins.index.model import Identifier, PairState
from socle.foundations.ins.index.store import portrait_of
from socle.foundations.ins.model import AutoriteAffectation
from socle.kernel.outcome import Kind, Problem

NIR = ins("2610329019001")
OTHER = ins("2610329019002")


async def test_two_structures_feed_one_person(house: IndexUnderTest) -> None:
    north = await house.feed(NORTH, "1")
    south = await house.feed(SOUTH, "77", family="LEGALL")
    assert await house.person(north) == await house.person(south)
    assert await house.acts(await house.person(north)) == ["first", "joined"]


async def test_a_link_says_thanks_to_which_fields(house: IndexUnderTest) -> None:
    await house.feed(NORTH, "1")
    south = await house.feed(SOUTH, "77", family="LEGALL")
    joined = (await house.index.index.history([await house.person(south)]))[0]
    assert joined.record == south
    assert ("born", "same") in {(field, level) for field, level, _ in joined.findings}
    assert abs(sum(bits for _, _, bits in joined.findings) - joined.weight) < 0.1


async def test_somebody_else_is_another_person(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1")
    other = await house.feed(NORTH, "2", family="MARTIN", given=["PAUL"], sex="M", born="1988-01-02")
    assert await house.person(one) != await house.person(other)
    assert await house.waiting() == []


async def test_a_doubt_goes_to_the_queue_and_links_nothing(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1")
    other = await house.feed(SOUTH, "2", family="KERVELLA")
    assert await house.person(one) != await house.person(other)
    assert [sorted(pair[:2]) for pair in await house.waiting()] == [sorted((one, other))]


async def test_twins_are_apart_and_wait_for_nobody(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1", given=["CAMILLE"])
    other = await house.feed(SOUTH, "2", given=["JULIE"])
    assert await house.person(one) != await house.person(other)
    assert await house.waiting() == []


async def test_a_correction_moves_the_record_at_once(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1")
    other = await house.feed(SOUTH, "2", family="MARTIN", given=["PAUL"], sex="M", born="1988-01-02")
    alone = await house.person(other)
    assert await house.feed(SOUTH, "2") == other
    assert await house.person(other) == await house.person(one)
    assert "closed" in await house.acts(alone)


async def test_a_correction_takes_a_record_out_at_once(house: IndexUnderTest) -> None:
    one, other = await house.feed(NORTH, "1"), await house.feed(SOUTH, "2")
    assert await house.person(one) == await house.person(other)
    await house.feed(SOUTH, "2", family="MARTIN", given=["PAUL"], sex="M", born="1988-01-02")
    assert await house.person(one) != await house.person(other)


async def test_a_correction_settles_a_doubt(house: IndexUnderTest) -> None:
    await house.feed(NORTH, "1")
    await house.feed(SOUTH, "2", family="KERVELLA")
    assert len(await house.waiting()) == 1
    await house.feed(SOUTH, "2")
    assert await house.waiting() == []


async def test_what_a_record_alone_held_together_falls_apart_with_it(house: IndexUnderTest) -> None:
    far = {"street": "", "postcode": "", "phones": [], "place": ""}
    one = await house.feed(NORTH, "1", qualified=NIR)
    bridge = await house.feed(SOUTH, "2", qualified=NIR, family="KERVELLA", usual_family="LE GALL")
    other = await house.feed(WEST, "3", family="KERVELLA", given=["ANNE-MARIE"], **{**far, "place": "29019"})
    assert len({await house.person(id) for id in (one, bridge, other)}) == 1
    await house.feed(SOUTH, "2", family="MARTIN", given=["PAUL"], sex="M", born="1988-01-02")
    assert len({await house.person(id) for id in (one, bridge, other)}) == 3


async def test_a_bridge_alone_does_not_merge_two_persons(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1", qualified=NIR, given=["CAMILLE"])
    other = await house.feed(SOUTH, "2", qualified=OTHER, given=["CAMILLE"], place="75112")
    await house.feed(WEST, "3", given=["CAMILLE"])
    assert await house.person(one) != await house.person(other)


async def test_two_persons_become_one_when_a_record_shows_that_they_are(house: IndexUnderTest) -> None:
    bare = {"street": "", "postcode": "", "phones": []}
    one = await house.feed(NORTH, "1", **bare, place="", given=["ANNE-MARIE"])
    other = await house.feed(SOUTH, "2", **bare, family="LE GALLE")
    assert await house.person(one) != await house.person(other)
    between = await house.feed(WEST, "3")
    assert len({await house.person(id) for id in (one, other, between)}) == 1
    assert "merged" in await house.acts(await house.person(one))


async def test_the_same_ins_links_at_once(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1", qualified=NIR)
    other = await house.feed(SOUTH, "2", qualified=NIR, family="KERVELLA", place="", born="1961-03-09")
    assert await house.person(one) == await house.person(other)


async def test_two_ins_never_link_and_somebody_must_look(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1", qualified=NIR)
    other = await house.feed(SOUTH, "2", qualified=OTHER)
    assert await house.person(one) != await house.person(other)
    assert [reason for _, _, reason in await house.waiting()] == ["ins-conflict"]


async def test_a_record_without_ins_does_not_bring_two_ins_together(house: IndexUnderTest) -> None:
    await house.feed(WEST, "3")
    one = await house.feed(NORTH, "1", qualified=NIR)
    other = await house.feed(SOUTH, "2", qualified=OTHER)
    assert await house.person(one) != await house.person(other)


async def test_a_nia_then_a_nir_is_one_person(house: IndexUnderTest) -> None:
    nia = ins("8610399351002", AutoriteAffectation.NIR_TEST)
    one = await house.feed(NORTH, "1", qualified=nia)
    other = await house.feed(SOUTH, "2", qualified=NIR, former=[nia])
    assert await house.person(one) == await house.person(other)


async def test_feeds_at_the_same_moment_make_one_person(house: IndexUnderTest) -> None:
    ids = await asyncio.gather(*(house.feed(f"{NORTH}.{rank}", "1") for rank in range(12)))
    assert len({await house.person(id) for id in ids}) == 1


async def test_two_workers_at_the_same_moment_make_one_person(house: IndexUnderTest, index_dsn: str) -> None:
    from socle.foundations.ins.index.actions import REGISTER, MasterIndex
    from socle.foundations.ins.index.api import ENDPOINT
    from socle.kernel.fhir.definitions import r4
    from socle.kernel.search.repository import Repository
    from socle.kernel.store.postgres import open_database

    second = await open_database(index_dsn)
    store = ENDPOINT.register.keep(second.store(REGISTER))
    other = IndexUnderTest(MasterIndex(Repository(ENDPOINT.register, store, r4())), second)
    ids = await asyncio.gather(*((house, other)[rank % 2].feed(f"{NORTH}.{rank}", "1") for rank in range(12)))
    await second.close()
    assert len({await house.person(id) for id in ids}) == 1


async def test_the_same_record_fed_twice_at_once_is_one_record(house: IndexUnderTest) -> None:
    ids = await asyncio.gather(*(house.feed(NORTH, "1") for _ in range(4)))
    assert len(set(ids)) == 1


async def test_many_records_in_one_transaction_meet_each_other(house: IndexUnderTest) -> None:
    records = [patient(NORTH, "1"), patient(SOUTH, "2"), patient(WEST, "3", given=["CAMILLE"], born="1970-01-05")]
    assert await actions.feed_many(house.index, records, **house.who) == 3
    figures = await actions.figures(house.index, **house.who)
    assert (figures["records"], figures["persons"]) == (3, 2)


async def test_a_deleted_record_leaves_its_person(house: IndexUnderTest) -> None:
    one, other = await house.feed(NORTH, "1"), await house.feed(SOUTH, "2")
    await actions.remove(house.index, Identifier(SOUTH, "2"), **house.who)
    assert await house.person(other) == ""
    person = await house.person(one)
    assert [record.id for record in await house.index.index.of_persons([person])] == [one]
    assert (await house.acts(person))[-1] == "left"


async def test_the_last_record_closes_its_person(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1")
    person = await house.person(one)
    await actions.remove(house.index, Identifier(NORTH, "1"), **house.who)
    assert (await house.index.index.persons([person]))[0].closed is not None


async def test_a_structure_merges_its_records_and_goes_back_on_it(house: IndexUnderTest) -> None:
    kept = await house.feed(NORTH, "1")
    gone = await house.feed(NORTH, "2", family="KERVELLA")
    await actions.merge(house.index, Identifier(NORTH, "2"), Identifier(NORTH, "1"), **house.who)
    stored = await house.index.repository.read("Patient", gone)
    assert stored is not None
    assert f"Patient/{kept}".encode() in stored.body
    assert await house.person(gone) == ""
    assert await house.waiting() == []
    await actions.unmerge(house.index, Identifier(NORTH, "2"), **house.who)
    assert await house.person(gone) not in ("", await house.person(kept))
    assert len(await house.waiting()) == 1


async def test_a_merge_said_twice_is_done_once(house: IndexUnderTest) -> None:
    await house.feed(NORTH, "1")
    gone = await house.feed(NORTH, "2")
    for _ in range(2):
        await actions.merge(house.index, Identifier(NORTH, "2"), Identifier(NORTH, "1"), **house.who)
    stored = await house.index.repository.read("Patient", gone)
    assert stored is not None
    assert stored.version == 2


async def test_a_record_and_what_it_replaces_are_one_transaction(house: IndexUnderTest) -> None:
    gone = await house.feed(NORTH, "2", family="KERVELLA")
    kept = await actions.feed(house.index, patient(NORTH, "1"), replaces=Identifier(NORTH, "2"), **house.who)
    assert [await house.person(id) != "" for id in (kept.id, gone)] == [True, False]
    with pytest.raises(Problem) as caught:
        await actions.feed(house.index, patient(NORTH, "3"), replaces=Identifier(NORTH, "nobody"), **house.who)
    assert caught.value.kind is Kind.NOT_FOUND
    assert await house.index.index.named(Identifier(NORTH, "3")) == []


async def test_a_late_message_does_not_undo_a_merge(house: IndexUnderTest) -> None:
    await house.feed(NORTH, "1")
    gone = await house.feed(NORTH, "2")
    await actions.merge(house.index, Identifier(NORTH, "2"), Identifier(NORTH, "1"), **house.who)
    with pytest.raises(Problem, match="remplacé") as caught:
        await house.feed(NORTH, "2", family="KERVELLA")
    assert caught.value.kind is Kind.NOT_FOUND
    assert await house.person(gone) == ""
    await actions.unmerge(house.index, Identifier(NORTH, "2"), **house.who)
    assert await house.feed(NORTH, "2", family="KERVELLA") == gone


async def test_a_record_is_not_replaced_by_one_that_is_not_there(house: IndexUnderTest) -> None:
    gone = patient(NORTH, "2")
    gone.update(active=False, link=[{"other": {"reference": "Patient/nobody"}, "type": "replaced-by"}])
    with pytest.raises(Problem) as caught:
        await actions.feed(house.index, gone, **house.who)
    assert caught.value.kind is Kind.RULE_VIOLATED
    assert caught.value.issues[0].expression == ("Patient.link.other",)


async def test_an_ins_that_is_not_qualified_is_refused_and_nothing_is_kept(house: IndexUnderTest) -> None:
    record = patient(NORTH, "1", qualified=NIR)
    record["extension"] = [one for one in record["extension"] if "reliability" not in one["url"]]
    with pytest.raises(Problem) as caught:
        await actions.feed(house.index, record, **house.who)
    assert caught.value.issues[0].rule == "RNIV EXI SI 08"
    assert (await actions.figures(house.index, **house.who))["records"] == 0


@pytest.mark.parametrize("change", ["no identifier", "two identifiers", "no name"])
def test_a_feed_that_says_too_little_is_told_which_element(change: str) -> None:
    from socle.foundations.ins.index.store import fed

    record = patient(NORTH, "1")
    if change == "no identifier":
        del record["identifier"]
    elif change == "two identifiers":
        record["identifier"].append({**record["identifier"][0], "value": "2"})
    else:
        del record["name"]
    with pytest.raises(Problem) as caught:
        fed(record)
    assert caught.value.issues[0].expression == ("Patient.name" if change == "no name" else "Patient.identifier",)


@pytest.mark.parametrize("where", ["Patient.name[0].family", "Patient.name[0].given[0]", "Patient.identifier[0].value"])
async def test_a_name_or_an_identifier_that_no_person_has_is_refused(house: IndexUnderTest, where: str) -> None:
    long = "A" * 251
    traits = {"Patient.name[0].family": {"family": long}, "Patient.name[0].given[0]": {"given": [long, "ROSE"]}}
    record = patient(NORTH, long if "identifier" in where else "1", **traits.get(where, {}))
    with pytest.raises(Problem, match="250 au plus") as caught:
        await actions.feed(house.index, record, **house.who)
    assert (caught.value.kind, caught.value.issues[0].expression) == (Kind.RULE_VIOLATED, (where,))


async def test_nobody_writes_in_the_domain_of_another_structure(house: IndexUnderTest) -> None:
    await actions.feed(house.index, patient(NORTH, "1"), **house.by("Hôpital du Nord"))
    with pytest.raises(Problem) as caught:
        await actions.feed(house.index, patient(NORTH, "2"), **house.by("Clinique du Sud"))
    assert caught.value.kind is Kind.FORBIDDEN
    assert caught.value.issues[0].rule == "MPI-DOMAIN"


async def test_a_stranger_feeds_nothing_and_leaves_a_trace(house: IndexUnderTest) -> None:
    who = {**house.who, "by": STRANGER}
    with pytest.raises(Problem) as caught:
        await actions.feed(house.index, patient(NORTH, "1"), **who)
    assert caught.value.kind is Kind.FORBIDDEN
    rows = await house.database.query("SELECT count(*) AS n FROM ins_index.audit")
    assert rows[0]["n"] == 1


async def test_a_local_identifier_does_not_change_under_a_record(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1")
    put = house.index.repository.put(patient(NORTH, "2"), id=one)
    from socle.kernel.store import Unit

    with pytest.raises(Problem) as caught:
        await house.index.repository.commit(Unit([put], replace(house.who["trace"], who=AGENT.id)))
    assert caught.value.kind is Kind.RULE_VIOLATED


async def test_saying_same_brings_two_persons_together_for_good(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1")
    other = await house.feed(SOUTH, "2", family="KERVELLA")
    await actions.judge(house.index, one, other, "same", "Carte d'identité vue", **house.who)
    assert await house.person(one) == await house.person(other)
    await house.feed(SOUTH, "2", family="KERVELLA", phones=[])
    assert await house.person(one) == await house.person(other)
    assert await house.waiting() == []


async def test_saying_apart_keeps_two_records_apart_for_good(house: IndexUnderTest) -> None:
    one, other = await house.feed(NORTH, "1"), await house.feed(SOUTH, "2")
    assert await house.person(one) == await house.person(other)
    await actions.judge(house.index, one, other, "apart", "Deux dossiers, deux personnes", **house.who)
    assert await house.person(one) != await house.person(other)
    await house.feed(SOUTH, "2", phones=["0298000000"])
    assert await house.person(one) != await house.person(other)


async def test_one_may_go_back_on_a_decision_and_both_stay_in_history(house: IndexUnderTest) -> None:
    one, other = await house.feed(NORTH, "1"), await house.feed(SOUTH, "2")
    await actions.judge(house.index, one, other, "apart", "Erreur de lecture", **house.who)
    await actions.judge(house.index, one, other, "same", "Pièce vue depuis", **house.who)
    assert await house.person(one) == await house.person(other)
    acts = await house.acts(await house.person(one))
    assert acts[-5:] == ["joined", "split", "apart", "merged", "same"]


async def test_saying_later_puts_the_pair_aside(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1")
    other = await house.feed(SOUTH, "2", family="KERVELLA")
    await actions.judge(house.index, one, other, "later", "Dossier papier demandé", **house.who)
    assert await house.waiting() == []
    assert [doubt.said for doubt in await house.index.index.doubts([PairState.LATER])] == ["Dossier papier demandé"]


async def test_a_decision_without_a_reason_is_refused(house: IndexUnderTest) -> None:
    one, other = await house.feed(NORTH, "1"), await house.feed(SOUTH, "2", family="KERVELLA")
    with pytest.raises(Problem) as caught:
        await actions.judge(house.index, one, other, "same", "  ", **house.who)
    assert caught.value.issues[0].rule == "MPI-REASON"


async def test_two_persons_that_somebody_held_apart_are_not_united_by_the_way(house: IndexUnderTest) -> None:
    one, other = await house.feed(NORTH, "1"), await house.feed(SOUTH, "2")
    third = await house.feed(WEST, "3", family="KERVELLA")
    await actions.judge(house.index, one, other, "apart", "Deux personnes", **house.who)
    await actions.judge(house.index, one, third, "same", "Pièce vue", **house.who)
    with pytest.raises(Problem) as caught:
        await actions.judge(house.index, other, third, "same", "Pièce vue", **house.who)
    assert caught.value.kind is Kind.CONFLICT


async def test_records_taken_out_make_a_person_and_stay_out(house: IndexUnderTest) -> None:
    one, other = await house.feed(NORTH, "1"), await house.feed(SOUTH, "2")
    person = await house.person(one)
    fresh = await actions.separate(house.index, person, [other], "Dossiers mélangés", **house.who)
    assert await house.person(other) == fresh
    await house.feed(SOUTH, "2", phones=["0298000000"])
    assert await house.person(other) == fresh


async def test_a_person_keeps_at_least_one_record(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1")
    with pytest.raises(Problem) as caught:
        await actions.separate(house.index, await house.person(one), [one], "Tout", **house.who)
    assert caught.value.issues[0].rule == "MPI-SEPARATE"


async def test_two_persons_are_united_by_hand(house: IndexUnderTest) -> None:
    one = await house.feed(NORTH, "1")
    other = await house.feed(SOUTH, "2", family="MARTIN", born="1961-04-10")
    persons = await house.person(one), await house.person(other)
    left = await actions.unite(house.index, *persons, "Changement d'état civil", **house.who)
    assert left == await house.person(one) == await house.person(other)


async def test_every_write_is_in_the_chain_of_traces(house: IndexUnderTest) -> None:
    one, other = await house.feed(NORTH, "1"), await house.feed(SOUTH, "2", family="KERVELLA")
    await actions.judge(house.index, one, other, "same", "Pièce vue", **house.who)
    rows = await house.database.query("SELECT count(*) AS n FROM ins_index.audit")
    assert rows[0]["n"] == 3


async def test_who_shares_two_crowded_keys_is_found_however_many_share_one(house: IndexUnderTest) -> None:
    nobody = {"family": "MARTIN", "given": ["JEAN"], "sex": "M", "place": "", "street": "", "phones": []}
    years = [patient(NORTH, f"y{n}", **{**nobody, "born": "1961", "postcode": f"{10000 + n}"}) for n in range(70)]
    homes = [patient(NORTH, f"h{n}", **{**nobody, "born": f"{1900 + n}", "postcode": "29000"}) for n in range(61)]
    both = patient(SOUTH, "both", **{**nobody, "born": "1961", "postcode": "29000"})
    await actions.feed_many(house.index, [*years, *homes, both], **house.who)
    near = await house.index.index.near(portrait_of(both))
    assert Identifier(SOUTH, "both") in {one.identifier for one in near}
    assert len(near) <= 3 * 60
