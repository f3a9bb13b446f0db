"""Matricules, names, dates, traits: what can be written, and what cannot be built."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from socle.foundations.ins.model import (
    INS,
    AutoriteAffectation,
    LunarDate,
    MatriculeINS,
    Nature,
    TraitsStricts,
    cle_nir,
    normalise_nom,
    normalise_prenom,
)
from socle.kernel.outcome import Kind, Problem

# Published vectors, recomputed (shared facts, section 1.2).
GOLDEN = {
    "2360663220836": "56",
    "1090763220834": "89",
    "160012B020777": "13",
    "2770101154003": "29",
    "1810163220751": "40",
}

departments = st.one_of(st.integers(1, 99).map("{:02d}".format), st.sampled_from(["2A", "2B"]))
months = st.one_of(st.integers(1, 12), st.integers(20, 42), st.integers(50, 99)).map("{:02d}".format)
numeros = st.builds(
    "{}{:02d}{}{}{:03d}{:03d}".format,
    st.sampled_from("123478"),
    st.integers(0, 99),
    months,
    departments,
    st.integers(0, 999),
    st.integers(0, 999),
)


@pytest.mark.parametrize(("numero", "cle"), GOLDEN.items())
def test_the_key_of_the_published_matricules(numero: str, cle: str) -> None:
    assert cle_nir(numero) == cle
    assert MatriculeINS.parse(numero + cle).is_key_right


@given(numeros)
def test_corsica_is_the_letter_as_zero_less_one_or_two_millions(numero: str) -> None:
    letter = numero[6]
    digits = int(numero.replace("A", "0").replace("B", "0"))
    less = {"A": 1_000_000, "B": 2_000_000}.get(letter, 0)
    assert cle_nir(numero) == f"{97 - (digits - less) % 97:02d}"


@given(numeros)
def test_a_matricule_is_read_back_from_every_way_of_writing_it(numero: str) -> None:
    matricule = MatriculeINS(numero)
    assert matricule.is_key_right
    for text in (numero, matricule.value, matricule.spaced(), matricule.spaced().lower(), f" {matricule.value}\n"):
        assert MatriculeINS.parse(text) == matricule


@given(numeros, st.integers(0, 12), st.sampled_from("0123456789"))
def test_a_wrong_digit_is_always_found_by_the_key(numero: str, at: int, digit: str) -> None:
    assume(numero[at] not in ("A", "B", digit) and not (at == 5 and numero[6] in "AB"))
    wrong = numero[:at] + digit + numero[at + 1 :]
    assert cle_nir(wrong) != cle_nir(numero)


@given(numeros)
def test_a_matricule_never_shows_in_a_log(numero: str) -> None:
    matricule = MatriculeINS(numero)
    for shown in (repr(matricule), str(matricule), f"{INS(matricule, AutoriteAffectation.NIR)}", matricule.masked()):
        assert numero not in shown
        assert numero[:10] not in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123",
        "9770101154003",  # first digit
        "2771301154003",  # month 13
        "2774901154003",  # month 49
        "2770100154003",  # department 00
        "277012C154003",  # department 2C
        "27701011540033",  # 14 characters
        "277010115400300",  # key 00
        "277010115400399",  # key 99
        "２770101154003",  # a digit of another script
        "2" * 100_000,
    ],
)
def test_what_is_no_matricule(text: str) -> None:
    with pytest.raises(Problem) as refused:
        MatriculeINS.parse(text)
    assert refused.value.kind is Kind.INVALID


@given(st.text(max_size=40))
def test_parsing_anything_gives_a_matricule_or_a_problem(text: str) -> None:
    try:
        assert len(MatriculeINS.parse(text).value) == 15
    except Problem as problem:
        assert problem.kind is Kind.INVALID  # noqa: PT017 - both outcomes are right


def test_a_wrong_key_is_refused_in_production() -> None:
    wrong = MatriculeINS.parse("181016322075142")
    with pytest.raises(Problem, match="clé"):
        INS(wrong, AutoriteAffectation.NIR)


@pytest.mark.parametrize("authority", [AutoriteAffectation.NIR_TEST, AutoriteAffectation.NIR_DEMO])
def test_a_wrong_key_is_told_under_a_test_oid(authority: AutoriteAffectation) -> None:
    assert INS(MatriculeINS.parse("181016322075142"), authority).warnings
    assert not INS(MatriculeINS.parse("181016322075140"), authority).warnings


@pytest.mark.parametrize(
    ("first", "nature"), [("1", "NIR"), ("2", "NIR"), ("3", "NIA"), ("4", "NIA"), ("7", "NIA"), ("8", "NIA")]
)
def test_the_first_digit_tells_nir_from_nia(first: str, nature: str) -> None:
    assert MatriculeINS(f"{first}770101154003").nature is Nature(nature)


@pytest.mark.parametrize("authority", AutoriteAffectation)
def test_an_oid_names_its_authority_with_or_without_its_prefix(authority: AutoriteAffectation) -> None:
    assert AutoriteAffectation.of_oid(authority.oid) is authority
    assert AutoriteAffectation.of_oid(authority.system) is authority


def test_the_oid_of_the_calculated_ins_is_no_longer_an_authority() -> None:
    with pytest.raises(Problem, match="OID"):
        AutoriteAffectation.of_oid("1.2.250.1.213.1.4.2")


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [
        ("Hélène", "HELENE"),
        ("d’Artagnan", "D'ARTAGNAN"),
        ("D' ARTAGNAN de l' Hérault", "D'ARTAGNAN DE L'HERAULT"),
        ("Lœuillet-Æsop", "LOEUILLET-AESOP"),
        ("Noël  du   Pré", "NOEL DU PRE"),
        ("Martin‑Durand", "MARTIN-DURAND"),
        ("Martin--Durand", "MARTIN--DURAND"),
        ("Straße", "STRASSE"),
        ("Łukasz Ångström", "LUKASZ ANGSTROM"),
    ],
)
def test_names_are_recorded_in_the_alphabet_of_insi(typed: str, recorded: str) -> None:
    assert normalise_nom(typed) == recorded


@pytest.mark.parametrize(
    "typed", ["", " ", "-MARTIN", "MARTIN-", "DUP0NT", "MÜLLER!", "李", "A" * 101, "O''BRIEN", "A---B"]
)
def test_names_that_cannot_be_recorded(typed: str) -> None:
    with pytest.raises(Problem) as refused:
        normalise_nom(typed)
    assert refused.value.kind is Kind.INVALID


def test_a_double_hyphen_is_for_family_names() -> None:
    assert normalise_nom("A--B") == "A--B"
    with pytest.raises(Problem):
        normalise_prenom("A--B")


@given(st.text(max_size=60))
def test_a_name_once_recorded_is_recorded_the_same_again(text: str) -> None:
    for normalise in (normalise_nom, normalise_prenom):
        try:
            once = normalise(text)
        except Problem:
            continue
        assert normalise(once) == once
        assert set(once) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ' -")


@pytest.mark.parametrize(
    ("written", "completed"),
    [
        ("1954-03-17", date(1954, 3, 17)),
        ("17/03/1954", date(1954, 3, 17)),
        ("1954-03", date(1954, 3, 1)),
        ("1954-03-00", date(1954, 3, 1)),
        ("1954-00-17", date(1954, 1, 17)),
        ("1954", date(1954, 12, 31)),
        ("1954-00-00", date(1954, 12, 31)),
    ],
)
def test_an_incomplete_date_is_completed_as_the_rniv_says(written: str, completed: date) -> None:
    assert LunarDate.parse(written).completed() == completed


@pytest.mark.parametrize(
    "written", ["", "hier", "1954-13-01", "1954-02-30", "1955-02-29", "1900-02-29", "54-01-01", "0000"]
)
def test_dates_that_do_not_exist(written: str) -> None:
    with pytest.raises(Problem, match="n'existe pas"):
        LunarDate.parse(written)


@given(st.dates(date(1850, 1, 1), date(2200, 12, 31)))
def test_a_complete_date_is_itself(day: date) -> None:
    lunar = LunarDate.of(day)
    assert lunar.completed() == day
    assert LunarDate.parse(str(lunar)) == lunar


def traits(**changes: str | bool) -> TraitsStricts:
    values: dict[str, str | bool] = {
        "nom_naissance": "Dupont",
        "prenoms": "Jean Pierre Marie",
        "sexe": "M",
        "date_naissance": "1954-03-17",
        "lieu_naissance": "63220",
    }
    return TraitsStricts.of(**{**values, **changes})  # type: ignore[arg-type]


def test_the_first_given_name_is_the_first_of_the_list() -> None:
    assert traits().premier_prenom == "JEAN"


@pytest.mark.parametrize("premier", ["Jean Pierre", "Jean-Pierre", "JEAN PIERRE MARIE"])
def test_a_compound_first_name_is_an_explicit_decision(premier: str) -> None:
    with pytest.raises(Problem) as refused:
        traits(premier_prenom=premier)
    assert refused.value.issues[0].rule == "Guide INS EXI ID 10"
    assert traits(premier_prenom=premier, prenom_compose=True).prenom_compose


@pytest.mark.parametrize("premier", ["Pierre", "Jeanne", "Jean Marie"])
def test_the_first_name_must_begin_the_list(premier: str) -> None:
    with pytest.raises(Problem, match="début de la liste"):
        traits(premier_prenom=premier, prenom_compose=True)


def test_one_answer_tells_everything_that_is_wrong() -> None:
    with pytest.raises(Problem) as refused:
        TraitsStricts.of(nom_naissance="4", prenoms="", sexe="X", date_naissance="demain")
    assert len(refused.value.issues) == 4


@pytest.mark.parametrize("lieu", ["6322", "63-220", "2C004", "paris"])
def test_a_birthplace_is_an_insee_code(lieu: str) -> None:
    with pytest.raises(Problem, match="INSEE"):
        traits(lieu_naissance=lieu)


@pytest.mark.parametrize("lieu", ["63220", "2A004", "2b033", "97105", "99351", ""])
def test_birthplaces_that_can_be_recorded(lieu: str) -> None:
    assert traits(lieu_naissance=lieu).is_birthplace_known is bool(lieu)
