"""What one can do at the identity desk, on a real store and the house's own INSi."""

import asyncio
from importlib.resources import files

import pytest
from tests.foundations.ins.support import STRANGER, DeskUnderTest, trace, zoe

from socle.foundations.ins import actions
from socle.foundations.ins.model import (
    Accompagnement,
    Attribut,
    CodeRetour,
    Piece,
    Situation,
    StatutIdentite,
    TraitsComplementaires,
    TypeDocument,
)
from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS

PASSPORT = Piece(TypeDocument.PA)
ZOE_NIR = "275126322074974"


async def rows(house: DeskUnderTest, where: str = "true") -> list[dict[str, object]]:
    return [dict(row) for row in await house.database.query(f"SELECT * FROM ins.retrieval WHERE {where}")]


async def test_a_new_identity_is_provisional(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    assert dossier.identite.statut is StatutIdentite.PROV
    assert dossier.version == 1


async def test_the_stored_identity_is_the_one_that_was_created(house: DeskUnderTest) -> None:
    created = await house.zoe(date_naissance="1975")
    read = await actions.read_identity(house.desk, created.id, **house.who)
    assert read.identite == created.identite
    assert not read.identite.traits.date_naissance.is_complete


async def test_insi_then_a_document_qualify(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    retrieved, proposition = await actions.retrieve(house.desk, dossier.id, **house.who)
    assert proposition.code is CodeRetour.UNE
    assert retrieved.identite.statut is StatutIdentite.RECUP
    qualified = await actions.record_document(house.desk, dossier.id, PASSPORT, **house.who)
    assert qualified.identite.statut is StatutIdentite.QUAL


async def test_a_document_then_insi_qualify(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    validated = await actions.record_document(house.desk, dossier.id, PASSPORT, **house.who)
    assert validated.identite.statut is StatutIdentite.VALI
    qualified, _ = await actions.retrieve(house.desk, dossier.id, **house.who)
    assert qualified.identite.statut is StatutIdentite.QUAL


async def test_a_retrieved_identity_keeps_its_matricule_out_of_the_patient(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    stored = await house.desk.repository.read("Patient", dossier.id)
    assert stored is not None
    assert ZOE_NIR not in stored.body.decode()
    assert (await rows(house))[0]["numero"] == ZOE_NIR[:13]


async def test_a_qualified_identity_carries_its_matricule(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    await actions.record_document(house.desk, dossier.id, PASSPORT, **house.who)
    ins = [
        i for i in (await house.resource(dossier.id))["identifier"] if i["system"].startswith("urn:oid:1.2.250.1.213")
    ]
    assert [(i["system"], i["value"], i["use"]) for i in ins] == [("urn:oid:1.2.250.1.213.1.4.8", ZOE_NIR, "official")]


async def test_what_was_retrieved_is_read_back_whole_with_the_former_ins(house: DeskUnderTest) -> None:
    ecetinsi = zoe(nom_naissance="Ecetinsi", prenoms="Pierre-Alain", sexe="M", date_naissance="2009-07-14")
    dossier = await actions.create_identity(house.desk, ecetinsi, **house.who)
    retrieved, _ = await actions.retrieve(house.desk, dossier.id, **house.who)
    read = await actions.read_identity(house.desk, dossier.id, **house.who)
    assert read.identite == retrieved.identite
    recuperation = read.identite.recuperation
    assert recuperation is not None
    assert [old.ins.matricule.numero for old in recuperation.historique] == ["2090763220834", "2090663220123"]


async def test_insi_completes_what_the_desk_did_not_know(house: DeskUnderTest) -> None:
    ola = zoe(nom_naissance="Tchitchi", prenoms="Ola", date_naissance="1936-06-21", lieu_naissance="")
    dossier = await actions.create_identity(house.desk, ola, **house.who)
    retrieved, proposition = await actions.retrieve(house.desk, dossier.id, **house.who)
    assert retrieved.identite.traits.liste_prenoms == "OLA CATARINA BELLA"
    assert retrieved.identite.traits.lieu_naissance == "63220"
    assert {ecart.trait for ecart in proposition.ecarts} == {"prénoms", "lieu de naissance"}


async def test_a_discordance_attaches_nothing_and_tells_no_value(house: DeskUnderTest) -> None:
    dossier = await house.zoe(lieu_naissance="75115")
    with pytest.raises(Problem) as refused:
        await actions.retrieve(house.desk, dossier.id, **house.who)
    assert refused.value.kind is Kind.RULE_VIOLATED
    assert "lieu de naissance" in str(refused.value)
    assert "63220" not in str(refused.value)
    assert await rows(house) == []


async def test_an_unknown_person_changes_nothing(house: DeskUnderTest) -> None:
    dossier = await house.zoe(nom_naissance="Personne-Ici")
    after, proposition = await actions.retrieve(house.desk, dossier.id, **house.who)
    assert proposition.code is CodeRetour.AUCUNE
    assert after.version == 1


async def test_a_look_up_shows_what_insi_says_and_attaches_nothing(house: DeskUnderTest) -> None:
    dossier = await house.zoe(lieu_naissance="75115")
    after, proposition = await actions.look_up(house.desk, dossier.id, **house.who)
    assert after.version == 1
    assert [(e.locale, e.insi) for e in proposition.ecarts] == [("75115", "63220")]
    assert proposition.decision is not None
    assert not proposition.decision.allowed


@pytest.mark.parametrize("attribut", [Attribut.DOUT, Attribut.FICT])
async def test_a_doubtful_or_fictitious_identity_is_never_sent_to_insi(
    house: DeskUnderTest, attribut: Attribut
) -> None:
    dossier = await house.zoe()
    await actions.set_attribute(house.desk, dossier.id, attribut, **house.who)
    for ask in (actions.retrieve, actions.look_up):
        with pytest.raises(Problem) as refused:
            await ask(house.desk, dossier.id, **house.who)
        assert refused.value.issues[0].rule == "RNIV EXI SI 09"
    assert house.insi.calls == []


async def test_a_doubt_detaches_the_ins_and_the_check(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    await actions.record_document(house.desk, dossier.id, PASSPORT, **house.who)
    doubtful = await actions.set_attribute(house.desk, dossier.id, Attribut.DOUT, **house.who)
    assert doubtful.identite.statut is StatutIdentite.PROV
    assert ZOE_NIR not in str(await house.resource(dossier.id))
    assert [(r["because"], r["detached_at"]) for r in await rows(house)] == [("attribut DOUT", house.now)]


async def test_lifting_the_doubt_brings_nothing_back(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    await actions.set_attribute(house.desk, dossier.id, Attribut.DOUT, **house.who)
    lifted = await actions.lift_attribute(house.desk, dossier.id, Attribut.DOUT, **house.who)
    assert lifted.identite.statut is StatutIdentite.PROV
    assert lifted.identite.attributs == frozenset()


async def test_the_driving_licence_is_refused_with_its_rule(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    with pytest.raises(Problem) as refused:
        await actions.record_document(house.desk, dossier.id, Piece(TypeDocument.PC), **house.who)
    assert refused.value.issues[0].rule == "RNIV 3.3.2"
    assert (await actions.read_identity(house.desk, dossier.id, **house.who)).version == 1


async def test_a_special_case_is_read_back_with_what_accompanied_it(house: DeskUnderTest) -> None:
    piece = Piece(TypeDocument.LE, Situation.EHPAD, Accompagnement.VITALE_PHOTO)
    dossier = await house.zoe()
    done = await actions.record_document(house.desk, dossier.id, piece, **house.who)
    read = await actions.read_identity(house.desk, dossier.id, **house.who)
    assert read.identite == done.identite
    assert read.identite.controle is not None
    assert read.identite.controle.piece == piece


async def test_a_changed_strict_trait_brings_back_to_provisional(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    await actions.record_document(house.desk, dossier.id, PASSPORT, **house.who)
    corrected = await actions.update_traits(house.desk, dossier.id, traits=zoe(prenoms="Zoe Marie"), **house.who)
    assert corrected.identite.statut is StatutIdentite.PROV


async def test_complementary_traits_leave_the_status_alone(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.record_document(house.desk, dossier.id, PASSPORT, **house.who)
    wanted = TraitsComplementaires(
        "MARTIN", "ZOZO", "1 rue des Lilas", "63000", "Clermont", "0473000000", "z@example.org"
    )
    await actions.update_traits(house.desk, dossier.id, complementaires=wanted, **house.who)
    read = await actions.read_identity(house.desk, dossier.id, **house.who)
    assert read.identite.complementaires == wanted
    assert read.identite.statut is StatutIdentite.VALI


async def test_a_confirmed_ins_is_dated(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    house.later(days=1500)
    verified, holds = await actions.verify(house.desk, dossier.id, **house.who)
    assert holds
    assert verified.identite.recuperation is not None
    assert verified.identite.recuperation.confirmed_at == house.now
    assert await actions.read_identity(house.desk, dossier.id, **house.who) == verified


async def test_an_ins_that_insi_denies_is_detached(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    await actions.record_document(house.desk, dossier.id, PASSPORT, **house.who)
    house.insi.denies = True
    after, holds = await actions.verify(house.desk, dossier.id, **house.who)
    assert not holds
    assert after.identite.statut is StatutIdentite.VALI
    former = await actions.former_ins(house.desk, dossier.id, **house.who)
    assert [because for _, _, because in former] == ["vérification INSi KO"]


async def test_there_must_be_an_ins_to_verify(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    with pytest.raises(Problem, match="Aucune INS"):
        await actions.verify(house.desk, dossier.id, **house.who)


async def test_detaching_asks_why(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    with pytest.raises(Problem, match="pourquoi"):
        await actions.detach(house.desk, dossier.id, "  ", **house.who)
    after = await actions.detach(house.desk, dossier.id, "deux dossiers mélangés", **house.who)
    assert after.identite.statut is StatutIdentite.PROV
    assert (await rows(house))[0]["because"] == "deux dossiers mélangés"


async def test_an_ins_retrieved_again_after_a_detachment_is_current(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    await actions.detach(house.desk, dossier.id, "doute levé", **house.who)
    house.later(minutes=1)
    again, _ = await actions.retrieve(house.desk, dossier.id, **house.who)
    assert again.identite.statut is StatutIdentite.RECUP
    assert len(await rows(house)) == 2


async def test_two_identities_never_carry_the_same_ins(house: DeskUnderTest) -> None:
    first, second = await house.zoe(), await house.zoe()
    await actions.retrieve(house.desk, first.id, **house.who)
    with pytest.raises(Problem) as refused:
        await actions.retrieve(house.desk, second.id, **house.who)
    assert refused.value.issues[0].rule == "RNIV doublons"
    assert len(await rows(house)) == 1


async def test_two_agents_who_retrieve_the_same_ins_together_do_not_both_get_it(house: DeskUnderTest) -> None:
    first, second = await house.zoe(), await house.zoe()
    outcomes = await asyncio.gather(
        *(actions.retrieve(house.desk, each.id, **house.who) for each in (first, second)), return_exceptions=True
    )
    assert [isinstance(outcome, Problem) for outcome in outcomes].count(True) == 1
    assert len(await rows(house)) == 1


async def test_two_agents_who_write_together_do_not_overwrite_each_other(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    outcomes = await asyncio.gather(
        actions.set_attribute(house.desk, dossier.id, Attribut.DOUT, **house.who),
        actions.record_document(house.desk, dossier.id, PASSPORT, **house.who),
        return_exceptions=True,
    )
    lost = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    assert len(lost) == 1
    assert lost[0].kind in (Kind.CONFLICT, Kind.PRECONDITION_FAILED)


async def test_a_version_that_is_no_longer_current_is_a_conflict(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.set_attribute(house.desk, dossier.id, Attribut.HOMA, version=1, **house.who)
    with pytest.raises(Problem) as refused:
        await actions.record_document(house.desk, dossier.id, PASSPORT, version=1, **house.who)
    assert refused.value.kind is Kind.CONFLICT


async def test_only_a_qualified_identity_is_printed(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    with pytest.raises(Problem) as refused:
        await actions.datamatrix_of(house.desk, dossier.id, **house.who)
    assert refused.value.issues[0].rule == "RNIV EXI SI 08"
    await actions.record_document(house.desk, dossier.id, PASSPORT, **house.who)
    text = await actions.datamatrix_of(house.desk, dossier.id, **house.who)
    assert text.endswith(f"S1{ZOE_NIR}S21.2.250.1.213.1.4.8\x1dS3ZOE\x1dS4ADRUN\x1dS5FS631-12-1975S763220")


@pytest.mark.parametrize(
    "typed",
    ["adr", "zoé", "ADRUN zo", "1975-12-31", "31/12/1975 adrun", "275126322074974", "2 75 12 63 220 749 74", ""],
)
async def test_the_search_understands_what_people_type(house: DeskUnderTest, typed: str) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    await actions.record_document(house.desk, dossier.id, PASSPORT, **house.who)
    await actions.create_identity(
        house.desk, zoe(nom_naissance="Zola", prenoms="Emile", date_naissance="1980"), **house.who
    )
    found = await actions.search(house.desk, typed, **house.who)
    assert dossier.id in {each.id for each in found}
    assert (len(found) == 2) is (typed == "")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("da costa", ["DA COSTA"]),
        ("costa", ["DA COSTA"]),
        ("luc costa", ["DA COSTA"]),
        ("osta", []),
        ("marie", ["N'DOYE"]),
        ("pierre", ["DA COSTA"]),
        ("pierre andre da", ["DA COSTA"]),
        ("andre 31/12/1975 costa", ["DA COSTA"]),
        ("da costa jean luc", ["DA COSTA"]),
        ("jean luc da cos", ["DA COSTA"]),
        ("jean-luc", ["DA COSTA"]),
        ("luc jean", ["DA COSTA"]),
        ("n doye", ["N'DOYE"]),
        ("n’doye anne marie", ["N'DOYE"]),
        ("anne marie 31/12/1975 n'doye", ["N'DOYE"]),
        ("anne n'doye da costa", []),
        ("da costa jean luc paul jacques", []),
        ("!!", []),
    ],
)
async def test_a_name_of_several_words_is_found_however_it_is_joined(
    house: DeskUnderTest, typed: str, found: list[str]
) -> None:
    for nom, prenoms in (("DA COSTA", "JEAN-LUC PIERRE ANDRE"), ("N'DOYE", "ANNE-MARIE")):
        await actions.create_identity(house.desk, zoe(nom_naissance=nom, prenoms=prenoms), **house.who)
    told = await actions.search(house.desk, typed, **house.who)
    assert [one.identite.traits.nom_naissance for one in told] == found


async def test_the_matricule_of_a_retrieved_identity_cannot_be_searched(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    await actions.retrieve(house.desk, dossier.id, **house.who)
    assert await actions.search(house.desk, ZOE_NIR, **house.who) == []


async def test_the_board_counts_statuses_and_attributes(house: DeskUnderTest) -> None:
    first, second = await house.zoe(), await house.zoe(nom_naissance="Autre")
    await actions.retrieve(house.desk, first.id, **house.who)
    await actions.set_attribute(house.desk, second.id, Attribut.DOUT, **house.who)
    house.later(days=1200)
    board = await actions.statistics(house.desk, **house.who)
    assert board.statuts == {
        StatutIdentite.PROV: 1,
        StatutIdentite.RECUP: 1,
        StatutIdentite.VALI: 0,
        StatutIdentite.QUAL: 0,
    }
    assert board.attributs[Attribut.DOUT] == 1
    assert (board.total, board.to_verify, board.qualified) == (2, 1, 0.0)


async def test_the_queue_starts_with_doubts_then_what_one_step_would_qualify(house: DeskUnderTest) -> None:
    provisional = await house.zoe(nom_naissance="Un")
    retrieved = await house.zoe()
    await actions.retrieve(house.desk, retrieved.id, **house.who)
    doubtful = await house.zoe(nom_naissance="Trois")
    await actions.set_attribute(house.desk, doubtful.id, Attribut.DOUT, **house.who)
    tasks = await actions.queue(house.desk, **house.who)
    assert [task.dossier.id for task in tasks] == [doubtful.id, retrieved.id, provisional.id]


async def test_nobody_and_strangers_are_refused_and_it_is_traced(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    with pytest.raises(Problem) as unknown:
        await actions.read_identity(house.desk, dossier.id, by=ANONYMOUS, trace=trace())
    assert unknown.value.kind is Kind.UNAUTHENTICATED
    before = await house.database.query("SELECT count(*) AS n FROM ins.audit")
    with pytest.raises(Problem) as stranger:
        await actions.retrieve(house.desk, dossier.id, by=STRANGER, trace=trace())
    assert stranger.value.kind is Kind.FORBIDDEN
    after = await house.database.query("SELECT count(*) AS n FROM ins.audit")
    assert after[0]["n"] == before[0]["n"] + 1


async def test_every_read_and_search_leaves_an_event(house: DeskUnderTest) -> None:
    dossier = await house.zoe()
    before = (await house.database.query("SELECT count(*) AS n FROM ins.audit"))[0]["n"]
    await actions.read_identity(house.desk, dossier.id, **house.who)
    await actions.search(house.desk, "adrun", **house.who)
    await actions.queue(house.desk, **house.who)
    after = (await house.database.query("SELECT count(*) AS n FROM ins.audit"))[0]["n"]
    assert after == before + 3


async def test_names_kept_before_are_found_by_their_words_once_the_register_is_brought_up_to_date(
    house: DeskUnderTest,
) -> None:
    for nom, prenoms in (("DA COSTA E SILVA", "JEAN-LUC"), ("N'DOYE", "ANNE"), ("ZOLA", "EMILE")):
        await actions.create_identity(house.desk, zoe(nom_naissance=nom, prenoms=prenoms), **house.who)
    rows = f"SELECT rid, param, value FROM {house.desk.repository.store.schema}.ix_str ORDER BY 1, 2, 3"
    written = await house.database.query(rows)
    words = [row["value"] for row in written if row["param"] == key("p", "Patient", "name", "word")]
    assert words == ["costa e silva", "e silva", "luc", "silva", "doye"]
    schema = house.desk.repository.store.schema
    await house.database.query(f"DELETE FROM {schema}.ix_str WHERE param = $1", key("p", "Patient", "name", "word"))
    migration = files("socle.foundations.ins").joinpath("migrations", "0002_name_words.sql").read_text(encoding="utf-8")
    await house.database.query(migration.replace("{schema}", schema))
    assert await house.database.query(rows) == written
