"""Search by Vitale card, and the teleservice as the identity desk calls it."""

import pytest

from socle.foundations.ins.insi import door
from socle.foundations.ins.insi.lot.actions import system_trace
from socle.foundations.ins.model import (
    INS,
    AutoriteAffectation,
    CodeRetour,
    DemandeINSi,
    LunarDate,
    MatriculeINS,
    Sexe,
    TraitsStricts,
)
from socle.foundations.ins.population import published
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, Means

AGENT = Actor("agent", "Agent", frozenset({"identity-agent"}), Means.DEMO)
NOBODY = Actor("x", "Sans rôle", frozenset(), Means.DEMO)


class TestCard:
    async def test_the_beneficiarys_own_number_finds_them(self, insi, card):
        number = "<NumIdentifiant>2751263220749</NumIdentifiant><Cle>74</Cle>"
        answer = await insi.post(card(f"<MatriculeIndividu>{number}</MatriculeIndividu>"))
        assert (answer.code, answer.text(".//res:NomNaissance")) == ("00", "ADRUN")
        assert answer.text("./soap:Header/wsa:Action").endswith(":rechercherInsAvecCarteVitaleResponse")

    async def test_a_number_of_the_past_finds_who_carries_another_one_today(self, insi, card):
        number = "<NumIdentifiant>2090763220834</NumIdentifiant>"
        answer = await insi.post(card(f"<MatriculeOD>{number}</MatriculeOD><DateNaissance>2009-07-14</DateNaissance>"))
        assert answer.text(".//res:INSACTIF/res:IdIndividu/res:NumIdentifiant") == "1090763220834"

    async def test_the_birth_date_of_the_card_must_be_the_persons(self, insi, card):
        number = "<NumIdentifiant>2751263220749</NumIdentifiant>"
        inside = f"<MatriculeOD>{number}</MatriculeOD><DateNaissance>2005-01-01</DateNaissance>"
        assert (await insi.post(card(inside))).code == "01"

    async def test_the_number_of_a_card_stays_out_of_the_trace(self, insi, card):
        await insi.post(card("<MatriculeIndividu><NumIdentifiant>2751263220749</NumIdentifiant></MatriculeIndividu>"))
        assert "2751263220749" not in str((await insi.traces())[-1])


class TestPort:
    @pytest.fixture
    def teleservice(self, house):
        return door.teleservice(house)

    async def test_every_published_person_is_found_as_the_model_says_them(self, teleservice, clock):
        for personne in published():
            traits = personne.traits
            demande = DemandeINSi(traits.nom_naissance, traits.prenoms[:1], traits.sexe, traits.date_naissance)
            answer = await teleservice.rechercher(demande, by=AGENT, trace=system_trace(clock(), "ins:retrieve"))
            assert (answer.code, answer.individu) == (CodeRetour.UNE, personne.individu)

    async def test_nobody(self, teleservice, clock):
        demande = DemandeINSi("PERSONNE", ("ZOE",), Sexe.F, LunarDate(1975, 12, 31))
        answer = await teleservice.rechercher(demande, by=AGENT, trace=system_trace(clock(), "ins:retrieve"))
        assert (answer.code, answer.individu) == (CodeRetour.AUCUNE, None)

    async def test_verification_says_whether_these_traits_carry_this_ins_today(self, teleservice, clock):
        ecetinsi = next(p for p in published() if p.nom_naissance == "ECETINSI")
        former = INS(MatriculeINS("2090763220834"), AutoriteAffectation.NIR)
        other = TraitsStricts.of(
            nom_naissance="ECETINSI", prenoms="PIERRE-ALAIN", sexe="F", date_naissance="2009-07-14"
        )
        trace = system_trace(clock(), "ins:verify")
        assert await teleservice.verifier(ecetinsi.ins, ecetinsi.traits, by=AGENT, trace=trace)
        assert not await teleservice.verifier(former, ecetinsi.traits, by=AGENT, trace=trace)
        assert not await teleservice.verifier(ecetinsi.ins, other, by=AGENT, trace=trace)
        test_oid = INS(ecetinsi.ins.matricule, AutoriteAffectation.NIR_TEST)
        assert not await teleservice.verifier(test_oid, ecetinsi.traits, by=AGENT, trace=trace)

    async def test_the_desk_needs_the_right_too(self, teleservice, clock):
        demande = DemandeINSi("ADRUN", ("ZOE",), Sexe.F, LunarDate(1975, 12, 31))
        with pytest.raises(Problem) as caught:
            await teleservice.rechercher(demande, by=NOBODY, trace=system_trace(clock(), "ins:retrieve"))
        assert caught.value.kind is Kind.FORBIDDEN
