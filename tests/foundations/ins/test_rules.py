"""What the RNIV allows, as truth tables and properties."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.foundations.ins import rules
from socle.foundations.ins.model import (
    INS,
    Accompagnement,
    Attribut,
    AutoriteAffectation,
    Controle,
    Identite,
    MatriculeINS,
    Piece,
    Recuperation,
    Situation,
    StatutIdentite,
    TraitsStricts,
    TypeDocument,
)
from socle.foundations.ins.rules import Evenement, Gravite
from socle.foundations.ins.rules.conseil import Action
from socle.kernel.outcome import Problem, Refused

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TRAITS = TraitsStricts.of(
    nom_naissance="ADRUN", prenoms="ZOE MARIE", sexe="F", date_naissance="1975-12-31", lieu_naissance="63220"
)
RETRIEVED = Recuperation(INS(MatriculeINS("2751263220749"), AutoriteAffectation.NIR), NOW)
CHECKED = Controle(Piece(TypeDocument.PA), date(2026, 11, 22))
PROV, RECUP, VALI, QUAL = StatutIdentite


def identite(statut: StatutIdentite = PROV, *attributs: Attribut, born: str = "1975-12-31") -> Identite:
    """An identity in this status."""
    traits = TraitsStricts.of(
        nom_naissance="ADRUN", prenoms="ZOE MARIE", sexe="F", date_naissance=born, lieu_naissance="63220"
    )
    return Identite(
        traits,
        attributs=frozenset(attributs),
        recuperation=RETRIEVED if statut in (RECUP, QUAL) else None,
        controle=CHECKED if statut in (VALI, QUAL) else None,
    )


@pytest.mark.parametrize("statut", StatutIdentite)
def test_the_status_follows_from_the_two_facts(statut: StatutIdentite) -> None:
    assert identite(statut).statut is statut


@pytest.mark.parametrize("statut", [RECUP, VALI, QUAL])
@pytest.mark.parametrize("attribut", [Attribut.DOUT, Attribut.FICT])
def test_a_doubtful_or_fictitious_identity_that_is_not_provisional_cannot_be_built(
    statut: StatutIdentite, attribut: Attribut
) -> None:
    with pytest.raises(Problem) as refused:
        identite(statut, attribut)
    assert refused.value.issues[0].rule == "RNIV EXI SI 09"


@pytest.mark.parametrize("other", [Attribut.DOUT, Attribut.HOMA])
def test_fictitious_combines_with_nothing(other: Attribut) -> None:
    with pytest.raises(Problem):
        identite(PROV, Attribut.FICT, other)
    assert not rules.may_set_attribute(identite(PROV, other), Attribut.FICT).allowed
    assert not rules.may_set_attribute(identite(PROV, Attribut.FICT), other).allowed


def test_doubtful_and_homonym_may_go_together() -> None:
    assert rules.may_set_attribute(identite(PROV, Attribut.HOMA), Attribut.DOUT).allowed
    assert identite(PROV, Attribut.HOMA, Attribut.DOUT).statut is PROV


# The events that can happen to an identity, as functions of it.
HAPPEN = {
    Evenement.RECUPERATION: lambda i: rules.after_retrieval(i, RETRIEVED, i.traits),
    Evenement.CONTROLE: lambda i: rules.after_check(i, CHECKED),
    Evenement.VERIFICATION: lambda i: rules.after_verification(i, NOW),
    Evenement.DETACHEMENT: rules.after_detachment,
    Evenement.MODIFICATION: lambda i: rules.after_traits_change(i, _other(i.traits)),
    Evenement.DOUTE: lambda i: rules.after_attribute(i, Attribut.DOUT),
    Evenement.FICTION: lambda i: rules.after_attribute(i, Attribut.FICT),
    Evenement.LEVEE: lambda i: _lifted(i),
    Evenement.HOMONYMIE: lambda i: rules.after_attribute(i, Attribut.HOMA),
}


def _other(traits: TraitsStricts) -> TraitsStricts:
    name = "AUTRE" if traits.nom_naissance != "AUTRE" else "ADRUN"
    return TraitsStricts(name, traits.premier_prenom, traits.prenoms, traits.sexe, traits.date_naissance)


def _lifted(identite: Identite) -> Identite:
    return rules.after_lifting(identite, next(iter(identite.attributs & {Attribut.DOUT, Attribut.FICT})))


@settings(max_examples=300)
@given(st.lists(st.sampled_from(list(Evenement)), max_size=12))
def test_no_sequence_of_events_escapes_the_rniv(events: list[Evenement]) -> None:
    current = identite()
    insi_said_yes = document_seen = False
    for event in events:
        if event is Evenement.LEVEE and not current.attributs & {Attribut.DOUT, Attribut.FICT}:
            continue  # there is nothing to lift
        expected = rules.next_status(current.statut, event, current.attributs)
        try:
            after = HAPPEN[event](current)
        except Problem:
            continue
        assert not isinstance(expected, Refused)
        assert after.statut is expected, event
        insi_said_yes = (insi_said_yes or event is Evenement.RECUPERATION) and after.recuperation is not None
        document_seen = (document_seen or event is Evenement.CONTROLE) and after.controle is not None
        if after.statut is QUAL:
            assert insi_said_yes
            assert document_seen
        if after.attributs & {Attribut.DOUT, Attribut.FICT}:
            assert after.statut is PROV
            assert not rules.may_call_insi(after, now=NOW).allowed
        assert not {Attribut.DOUT, Attribut.FICT} <= after.attributs
        assert (after.ins_transmissible is not None) is (after.statut is QUAL)
        assert rules.may_transmit_matricule(after).allowed is (after.statut is QUAL)
        current = after


@pytest.mark.parametrize("statut", StatutIdentite)
@pytest.mark.parametrize("event", Evenement)
def test_what_the_table_refuses_does_not_happen(statut: StatutIdentite, event: Evenement) -> None:
    if (event, statut) not in rules.TRANSITIONS and event is not Evenement.LEVEE:
        with pytest.raises(Problem):
            HAPPEN[event](identite(statut))


@pytest.mark.parametrize(
    ("statut", "missing"), [(PROV, "$insi) et le contrôle"), (RECUP, "$record-document"), (VALI, "$insi")]
)
def test_the_refusal_to_transmit_says_what_is_missing(statut: StatutIdentite, missing: str) -> None:
    decision = rules.may_transmit_matricule(identite(statut))
    assert isinstance(decision, Refused)
    assert decision.requirement == "RNIV EXI SI 08"
    assert missing in decision.text.fr


BORN = {"child": "2015-05-01", "adult": "1975-12-31", "eighteen": "2008-11-22", "almost": "2008-11-23"}
_P, _T, _V = Accompagnement.TITRE_PARENT, Accompagnement.TITRE_TUTEUR, Accompagnement.VITALE_PHOTO


@pytest.mark.parametrize(
    ("who", "document", "situation", "with_it", "accepted"),
    [
        ("adult", "CN", Situation.ORDINAIRE, None, True),
        ("adult", "PA", Situation.ORDINAIRE, None, True),
        ("adult", "CS", Situation.ORDINAIRE, None, True),
        ("adult", "IE", Situation.ORDINAIRE, None, True),
        ("child", "CN", Situation.MINEUR, None, True),
        ("adult", "PC", Situation.ORDINAIRE, None, False),  # driving licence: excluded
        ("adult", "CC", Situation.ORDINAIRE, None, False),
        ("adult", "AN", Situation.ORDINAIRE, None, False),
        ("adult", "AN", Situation.ORDINAIRE, _V, False),
        ("child", "AN", Situation.MINEUR, None, False),
        ("child", "AN", Situation.MINEUR, _P, True),
        ("child", "LE", Situation.MINEUR, _P, True),
        ("child", "LE", Situation.MINEUR, _T, True),
        ("child", "LE", Situation.MINEUR, _V, False),
        ("child", "DC", Situation.MINEUR, None, True),
        ("adult", "DC", Situation.MINEUR, None, False),
        ("adult", "LE", Situation.MINEUR, _P, False),
        ("almost", "LE", Situation.MINEUR, _P, True),
        ("eighteen", "LE", Situation.MINEUR, _P, False),
        ("child", "AN", Situation.ASE, _V, True),
        ("child", "LE", Situation.ASE, _V, False),
        ("adult", "AN", Situation.EHPAD, _V, True),
        ("adult", "LE", Situation.EHPAD, _V, True),
        ("adult", "LE", Situation.EHPAD, None, False),
        ("child", "LE", Situation.EHPAD, _V, False),
        ("adult", "AN", Situation.SANS_TITRE, _V, True),
        ("adult", "LE", Situation.SANS_TITRE, _V, False),
    ],
)
def test_which_document_is_worth_a_check(
    who: str, document: str, situation: Situation, with_it: Accompagnement | None, accepted: bool
) -> None:
    piece = Piece(TypeDocument[document], situation, with_it)
    decision = rules.may_accept_document(identite(born=BORN[who]), piece, now=NOW)
    assert decision.allowed is accepted
    if isinstance(decision, Refused):
        assert decision.requirement.startswith("RNIV 3.3")


@given(st.sampled_from(TypeDocument), st.sampled_from(Situation), st.sampled_from([None, *Accompagnement]))
def test_what_the_rule_accepts_can_be_recorded_and_nothing_else(
    document: TypeDocument, situation: Situation, with_it: Accompagnement | None
) -> None:
    piece = Piece(document, situation, with_it)
    for who in ("child", "adult"):
        if rules.may_accept_document(identite(born=BORN[who]), piece, now=NOW).allowed:
            assert Controle(piece, NOW.date()).piece == piece


@pytest.mark.parametrize("attribut", [Attribut.DOUT, Attribut.FICT])
def test_no_document_validates_a_doubtful_or_fictitious_identity(attribut: Attribut) -> None:
    decision = rules.may_accept_document(identite(PROV, attribut), Piece(TypeDocument.PA), now=NOW)
    assert isinstance(decision, Refused)
    assert decision.requirement == "RNIV EXI SI 09"


def other(**changes: str | bool) -> TraitsStricts:
    values: dict[str, str | bool] = {
        "nom_naissance": "ADRUN",
        "prenoms": "ZOE MARIE",
        "sexe": "F",
        "date_naissance": "1975-12-31",
        "lieu_naissance": "63220",
    }
    return TraitsStricts.of(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("locale", "insi", "gravity"),
    [
        (other(), other(), None),
        (other(prenoms="ZOE"), other(), Gravite.COMPLEMENT),
        (other(), other(prenoms="ZOE"), Gravite.DISCORDANCE),
        (other(prenoms="ZOE-MARIE"), other(), Gravite.ECRITURE),
        (other(nom_naissance="D'ARC"), other(nom_naissance="D ARC"), Gravite.ECRITURE),
        (other(nom_naissance="MARTIN"), other(), Gravite.DISCORDANCE),
        (other(sexe="I"), other(), Gravite.COMPLEMENT),
        (other(sexe="M"), other(), Gravite.DISCORDANCE),
        (other(date_naissance="1975"), other(), Gravite.ECRITURE),  # completed, it is the same day
        (other(date_naissance="1975-12"), other(), Gravite.COMPLEMENT),
        (other(date_naissance="1975-11-30"), other(), Gravite.DISCORDANCE),
        (other(lieu_naissance=""), other(), Gravite.COMPLEMENT),
        (other(lieu_naissance="75056"), other(lieu_naissance="75115"), Gravite.ECRITURE),
        (other(lieu_naissance="20004"), other(lieu_naissance="2A004"), Gravite.ECRITURE),
        (other(lieu_naissance="75115"), other(), Gravite.DISCORDANCE),
    ],
)
def test_how_much_a_difference_matters(locale: TraitsStricts, insi: TraitsStricts, gravity: Gravite | None) -> None:
    ecarts = rules.compare(locale, insi)
    worst = {ecart.gravite for ecart in ecarts}
    assert (gravity in worst) if gravity else not ecarts
    assert rules.may_attach(ecarts).allowed is (Gravite.DISCORDANCE not in worst)


def test_the_decision_on_a_compound_name_survives_insi() -> None:
    locale = other(premier_prenom="ZOE-MARIE", prenom_compose=True)
    adopted = rules.adopt(locale, other())
    assert (adopted.premier_prenom, adopted.prenoms) == ("ZOE-MARIE", ("ZOE", "MARIE"))
    assert rules.adopt(locale, other(prenoms="ZOE ANNE")).premier_prenom == "ZOE"


def test_insi_is_asked_with_one_given_name_then_more_then_the_place() -> None:
    asked = rules.demandes(other(prenoms="OLA CATARINA BELLA"))
    assert [(d.prenoms, d.lieu_naissance) for d in asked] == [
        (("OLA",), None),
        (("OLA", "CATARINA"), None),
        (("OLA", "CATARINA", "BELLA"), None),
        (("OLA", "CATARINA", "BELLA"), "63220"),
    ]


@pytest.mark.parametrize(
    ("who", "action"),
    [
        (identite(PROV), Action.PIECE),
        (identite(RECUP), Action.PIECE),
        (identite(VALI), Action.INSI),
        (identite(QUAL), Action.RIEN),
        (identite(PROV, Attribut.DOUT), Action.LEVER_DOUTE),
        (identite(PROV, Attribut.FICT), Action.RIEN),
    ],
)
def test_the_next_best_action(who: Identite, action: Action) -> None:
    assert rules.next_best_action(who, now=NOW).action is action


def test_an_old_confirmation_is_to_be_renewed() -> None:
    assert rules.next_best_action(identite(QUAL), now=NOW.replace(year=2031)).action is Action.VERIFIER


@pytest.mark.parametrize("authority", AutoriteAffectation)
def test_a_wrong_key_is_for_tests_only(authority: AutoriteAffectation) -> None:
    assert rules.may_carry_key(MatriculeINS.parse("181016322075140"), authority).allowed
    wrong = MatriculeINS.parse("181016322075142")  # published with this key
    assert rules.may_carry_key(wrong, authority).allowed is not authority.is_production


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"sexe": "I"}, "Patient.gender"), ({"date_naissance": "2026-12-01"}, "Patient.birthDate")],
)
def test_an_undetermined_sex_or_a_birth_to_come_is_not_sent_to_insi(wrong: dict[str, str], field: str) -> None:
    decision = rules.may_call_insi(Identite(other(**wrong)), now=NOW)
    assert isinstance(decision, Refused)
    assert decision.expression == (field,)


@pytest.mark.parametrize(
    ("born", "recorded"),
    [("2026-11-22", True), ("2026-11-24", False), ("2026-12-01", False), ("2150", False)],
)
def test_nobody_is_born_after_today(born: str, recorded: bool) -> None:
    assert rules.may_record(other(date_naissance=born), now=NOW).allowed is recorded


@pytest.mark.parametrize("born", ["2026", "2026-11", "2026-00-15"])
def test_an_incomplete_birth_of_this_year_may_have_been(born: str) -> None:
    assert rules.may_record(other(date_naissance=born), now=NOW).allowed
    assert rules.may_call_insi(Identite(other(date_naissance=born)), now=NOW).allowed


def test_a_birth_is_today_where_the_day_begins_first() -> None:
    evening = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # it is the 23rd in Paris
    assert rules.may_record(other(date_naissance="2026-11-23"), now=evening).allowed


@pytest.mark.parametrize("statut", StatutIdentite)
def test_only_a_provisional_identity_may_be_deleted(statut: StatutIdentite) -> None:
    assert rules.may_delete(identite(statut)).allowed is (statut is PROV)
