"""The synthetic population: always the same, all different, and shaped like a country."""

import io
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.foundations.ins.model import AutoriteAffectation, MatriculeINS, Nature, normalise_nom, normalise_prenom
from socle.foundations.ins.population import REFERENCE, Personne, communes, generate, load_cog, pays, published
from socle.foundations.ins.population.noms import family_names
from socle.foundations.ins.population.prenoms import FEMININ, MASCULIN, count, groups, table
from socle.kernel.outcome import Problem

N = 30_000


@pytest.fixture(scope="module")
def people() -> list[Personne]:
    return list(generate(N, seed=1))


def test_the_same_seed_gives_the_same_people() -> None:
    assert list(generate(500, seed=3)) == list(generate(500, seed=3))


def test_another_seed_gives_other_people() -> None:
    assert list(generate(50, seed=3)) != list(generate(50, seed=4))


@settings(max_examples=20)
@given(st.integers(0, 400), st.integers(0, 400))
def test_asking_for_more_only_adds_at_the_end(few: int, more: int) -> None:
    assert list(islice(generate(few + more, seed=5), few)) == list(generate(few, seed=5))


def test_the_first_person_never_changes() -> None:
    assert next(generate(1))[:7] == (0, "LECOMTE", "SYLVIE CORINNE", "F", "1963-07-13", "38185", "2630738185175")


def test_matricules_are_unique(people: list[Personne]) -> None:
    assert len({personne.numero for personne in people}) == N


def test_former_matricules_are_nobody_elses(people: list[Personne]) -> None:
    active = {personne.numero for personne in people}
    former = [old.numero for personne in people for old in personne.historique]
    assert len(former) > 50
    assert len(set(former)) == len(former)
    assert not active & set(former)


def test_everyone_is_under_a_test_oid(people: list[Personne]) -> None:
    oids = {personne.oid for personne in people} | {old.oid for p in people for old in p.historique}
    assert oids == {AutoriteAffectation.NIR_TEST.oid}


def test_the_matricule_says_what_the_traits_say(people: list[Personne]) -> None:
    for personne in people[:3000]:
        numero = personne.numero
        assert MatriculeINS(numero).cle == personne.cle
        assert numero[0] in ("17" if personne.sexe == "M" else "28")
        assert numero[1:3] == personne.date_naissance[2:4]
        month = personne.date_naissance[5:7]
        assert numero[3:5] == month if month != "00" else int(numero[3:5]) > 12
        assert numero[5:10] == personne.lieu_naissance
        assert 1 <= int(numero[10:]) <= 999


def test_everyone_has_traits_that_the_model_accepts(people: list[Personne]) -> None:
    for personne in people[:2000]:
        assert personne.individu.ins.matricule.numero == personne.numero
        assert personne.traits.liste_prenoms == personne.prenoms
        assert 0 <= personne.traits.date_naissance.age(REFERENCE) <= 105


def test_the_country_has_its_particular_people(people: list[Personne]) -> None:
    abroad = [p for p in people if p.lieu_naissance.startswith("99")]
    assert 0.09 < len(abroad) / N < 0.16
    assert any(p.lieu_naissance.startswith("2A") for p in people)
    assert any(p.lieu_naissance.startswith("2B") for p in people)
    assert any(p.lieu_naissance.startswith("97") for p in people)
    assert 10 < sum(p.date_naissance.endswith("-00") for p in people) < N / 50
    assert sum("-" in p.nom_naissance for p in people) > N / 100
    assert any("--" in p.nom_naissance for p in people)
    assert any("'" in p.nom_naissance for p in people)
    assert any(p.nom_naissance.startswith(("DE ", "LE ")) for p in people)
    assert any(MatriculeINS(p.numero).nature is Nature.NIA for p in people)
    assert 0.48 < sum(p.sexe == "F" for p in people) / N < 0.54


def test_there_are_twins_and_homonyms(people: list[Personne]) -> None:
    twins = Counter((p.nom_naissance, p.date_naissance, p.lieu_naissance) for p in people)
    same = Counter((p.nom_naissance, p.prenoms.split(" ")[0], p.sexe, p.date_naissance) for p in people)
    assert sum(n > 1 for n in twins.values()) > N / 300
    assert sum(n > 1 for n in same.values()) > N / 1000


def test_a_nia_that_became_a_nir_is_in_the_history(people: list[Personne]) -> None:
    for personne in people:
        for old in personne.historique:
            if old.numero[0] in "78":
                assert old.numero[1:] == personne.numero[1:]
                assert old.fin == personne.debut


def test_names_have_their_generation() -> None:
    young, old = table(FEMININ, 2020, 4096), table(FEMININ, 1925, 4096)
    assert young.count("JADE") > 10 * max(1, old.count("JADE"))
    assert old.count("GERMAINE") > 10 * max(1, young.count("GERMAINE"))


def test_lists_are_long_enough_and_in_the_alphabet() -> None:
    assert len(family_names()) >= 400
    assert count(MASCULIN) >= 250
    assert count(FEMININ) >= 250
    assert all(normalise_nom(name) == name for name, _ in family_names())
    for text in (MASCULIN, FEMININ):
        assert all(normalise_prenom(name) == name for _, _, _, names in groups(text) for name in names)


def test_places_cover_every_department_and_are_written_once() -> None:
    codes = [lieu.code for lieu in (*communes(), *pays())]
    assert len(set(codes)) == len(codes)
    departments = {code[:2] for code in codes}
    assert {f"{n:02d}" for n in range(1, 96) if n != 20} | {"2A", "2B", "97", "99"} == departments
    assert {code[:3] for code in codes if code.startswith("97")} >= {"971", "972", "973", "974", "976"}


OFFICIAL = """TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT
COM,01001,84,01,01D,012,5,ABERGEMENT CLEMENCIAT,Abergement-Clémenciat,L'Abergement-Clémenciat,0108,
COM,2A004,94,2A,20R,2A1,1,AJACCIO,Ajaccio,Ajaccio,2A99,
ARM,75101,11,75,75C,751,0,PARIS 1,Paris 1er,Paris 1er Arrondissement,,75056
COMD,01015,84,01,01D,011,1,ARBIGNIEU,Arbignieu,Arbignieu,,01015
"""


def test_the_official_code_is_loaded_and_people_are_born_in_it() -> None:
    lieux = list(load_cog(io.StringIO(OFFICIAL)))
    assert [(lieu.code, lieu.nom) for lieu in lieux][:2] == [("01001", "L'Abergement-Clémenciat"), ("2A004", "Ajaccio")]
    assert [lieu.code for lieu in lieux][2:] == ["75101"]
    born = {p.lieu_naissance for p in generate(2_000, lieux=lieux) if not p.lieu_naissance.startswith("99")}
    assert born == {"01001", "2A004", "75101"}


def test_a_file_that_is_not_the_official_code_is_refused() -> None:
    with pytest.raises(Problem, match="TYPECOM"):
        list(load_cog(io.StringIO("a,b\n1,2\n")))


def test_the_published_persons_have_right_keys_and_observed_oids() -> None:
    found = {f"{p.nom_naissance} {p.prenoms}": p for p in published()}
    zoe = found["ADRUN ZOE"]
    assert (zoe.numero, zoe.cle, zoe.oid) == ("2751263220749", "74", "1.2.250.1.213.1.4.8")
    assert all(p.ins.matricule.is_key_right for p in published())
    assert len(found["ECETINSI PIERRE-ALAIN MURIEL FLORIANT"].individu.historique) == 2
    assert len({p.rang for p in published()} | {-1}) == len(published())
