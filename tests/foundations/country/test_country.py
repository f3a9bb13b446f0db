"""The synthetic country: the same for the same seed, consistent, in any order, with numbers that nobody has."""

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.foundations.country import Country, communes, lambert93
from socle.foundations.country.categories import CATEGORIES
from socle.foundations.country.codes import FONCTIONS, GENRES, MODES, SECTEURS
from socle.foundations.country.numbers import (
    ESTABLISHMENTS,
    LEGAL_ENTITIES,
    PRACTITIONERS,
    finess_ej,
    finess_et,
    is_luhn,
    phone,
    rpps,
    siren,
    siret,
)
from socle.foundations.country.places import by_department, projected

SMALL = Country(scale=0.002)


@pytest.mark.parametrize(
    "number",
    ["750712184", "2A0000014", "2B0000020", "010000024", "0B0057881", "0B0168811", "0B0152872"],
)
def test_the_published_numbers_have_the_check_digit_that_we_compute(number: str) -> None:
    assert is_luhn(number)


@pytest.mark.parametrize("number", ["99700075064", "99700218896", "99700366240"])
def test_so_have_the_numbers_of_test_cards(number: str) -> None:
    assert is_luhn(number)


@given(st.integers(0, PRACTITIONERS - 1))
def test_an_rpps_number_is_a_test_number_with_its_check_digit(rank: int) -> None:
    number = rpps(rank)
    assert len(number) == 11
    assert number.startswith("997")
    assert is_luhn(number)


@given(st.integers(0, LEGAL_ENTITIES - 1))
def test_numbers_of_legal_entities_are_right_and_of_no_department(rank: int) -> None:
    assert is_luhn(finess_ej(rank))
    assert finess_ej(rank).startswith("0B")
    assert len(siren(rank)) == 9
    assert is_luhn(siren(rank))
    assert siren(rank)[0] == "2"
    assert siren(rank)[2:4] in ("00", "96")
    assert is_luhn(siret(siren(rank), 3))
    assert len(siret(siren(rank), 3)) == 14


def test_no_number_is_given_twice() -> None:
    entities = range(0, LEGAL_ENTITIES, 7)
    assert len({siren(rank) for rank in entities}) == len(entities)
    both = [*map(finess_ej, entities), *map(finess_et, range(0, ESTABLISHMENTS, 17))]
    assert len(set(both)) == len(both)
    assert len({rpps(rank) for rank in range(50_000)}) == 50_000


@pytest.mark.parametrize("number", [rpps, finess_ej, finess_et, siren])
def test_a_rank_past_the_range_is_refused_rather_than_repeated(number: object) -> None:
    with pytest.raises(ValueError, match="rank"):
        number(10_000_000)  # type: ignore[operator]
    with pytest.raises(ValueError, match="rank"):
        number(-1)  # type: ignore[operator]


def test_phones_are_in_the_ranges_kept_for_fiction() -> None:
    fiction = ("019900", "026191", "035301", "046571", "053649", "063998")
    assert all(phone(commune.region, 12_345).startswith(fiction) for commune in communes())
    assert all(person.telephone.startswith(fiction) for person in SMALL.practitioners(0, 300))


def test_every_department_has_a_commune_and_positions_are_in_france() -> None:
    assert len(by_department()) == 101
    assert len({commune.code for commune in communes()}) == len(communes())
    for commune in communes():
        if not commune.departement.startswith("97"):
            x, y, epsg = projected(commune.departement, commune.latitude, commune.longitude)
            assert epsg == 2154
            assert 100_000 < x < 1_250_000
            assert 6_040_000 < y < 7_120_000


def test_the_projection_agrees_with_a_position_published_both_ways() -> None:
    # an address of the sample of FINESS+: degrees and metres
    x, y = lambert93(46.211257, 5.254203)
    assert (round(x, 1), round(y, 1)) == (873_766.1, 6_570_414.6)


@given(st.integers(0, 3599))
@settings(max_examples=50)
def test_a_rank_is_the_same_professional_alone_in_a_range_and_at_a_larger_scale(rank: int) -> None:
    person = SMALL.practitioner(rank)
    assert person == Country(scale=0.002).practitioner(rank)
    assert person == next(SMALL.practitioners(rank, rank + 1))
    assert person == Country(scale=0.5).practitioner(rank)


@given(st.integers(0, 199))
@settings(max_examples=50)
def test_a_rank_is_the_same_establishment_at_a_larger_scale(rank: int) -> None:
    assert SMALL.establishment(rank) == Country(scale=1).establishment(rank)
    assert SMALL.establishment(rank).finess in {
        Country(scale=1).establishment(owned).finess
        for owned in SMALL.entity(SMALL.establishment(rank).owner).etablissements
    }


def test_another_seed_is_another_country() -> None:
    assert SMALL.practitioner(5) != Country(seed=1, scale=0.002).practitioner(5)


def test_every_establishment_belongs_to_a_legal_entity_that_knows_it() -> None:
    owned = {rank: entity for entity in SMALL.entities() for rank in entity.etablissements}
    for establishment in SMALL.establishments():
        entity = owned[establishment.rank]
        assert establishment.finess_ej == entity.finess
        assert establishment.siret.startswith(entity.siren)
        assert establishment.categorie in CATEGORIES
        assert len(establishment.raison_sociale) <= 38
        assert len(establishment.raison_sociale_longue) <= 60


def test_situations_are_in_structures_of_the_country_and_codes_are_known() -> None:
    known = {establishment.finess for establishment in SMALL.establishments()}
    situations = list(chain.from_iterable(person.situations for person in SMALL.practitioners()))
    assert 1.15 < len(situations) / SMALL.practitioner_count < 1.5
    assert len({situation.identifiant for situation in situations}) == len(situations)
    for situation in situations:
        assert situation.secteur in SECTEURS
        assert situation.fonction in FONCTIONS
        assert situation.genre in GENRES
        assert situation.mode in MODES
        finess = getattr(situation.structure, "finess", None)
        assert finess is None or finess in known


def test_a_shared_office_is_the_same_for_all_who_work_there() -> None:
    offices = {}
    shared = 0
    for person in SMALL.practitioners():
        for situation in person.situations:
            if not hasattr(situation.structure, "finess"):
                assert offices.setdefault(situation.structure.identifiant, situation.structure) == situation.structure
                shared += situation.structure.founder != person.rank
    assert shared > 100


def test_scale_one_is_the_size_of_the_country() -> None:
    country = Country(scale=1)
    assert country.practitioner_count == 1_800_000
    assert country.establishment_count == 100_000
    assert country.practitioner(1_799_999) is not None


def test_the_smallest_country_has_a_hospital_a_pharmacy_and_a_home_for_the_elderly() -> None:
    assert {"101", "620", "500", "611", "124"} <= {e.categorie for e in Country(scale=1e-9).establishments()}


def test_a_second_day_changes_the_share_that_was_asked() -> None:
    today, before = Country(scale=0.01, day=2, changes=0.04), Country(scale=0.01)
    assert today.practitioner_count == 18_180
    fates = {rank: fate for rank in range(18_000) if (fate := today.practitioner_fate(rank)) != (0, ())}
    closed = [rank for rank, fate in fates.items() if fate.closed]
    changed = [rank for rank, fate in fates.items() if fate.changes]
    assert 130 < len(closed) < 230
    assert 270 < len(changed) < 450
    assert [today.practitioner(rank) for rank in closed] == [None] * len(closed)
    differ = [rank for rank in changed if today.practitioner(rank) != before.practitioner(rank)]
    assert len(differ) > 0.7 * len(changed)  # who has no situation does not move
    assert 5 < sum(establishment.closed == "2026-01-06" for establishment in today.establishments()) < 20


def test_what_closed_stays_closed_and_what_did_not_change_is_the_same() -> None:
    second, third = Country(scale=0.002, day=2, changes=0.1), Country(scale=0.002, day=3, changes=0.1)
    for rank in range(second.practitioner_count):
        if second.practitioner(rank) is None:
            assert third.practitioner(rank) is None
        elif third.practitioner_fate(rank) == second.practitioner_fate(rank):
            assert third.practitioner(rank) == second.practitioner(rank)


@pytest.mark.parametrize(
    "wrong", [{"scale": 0}, {"scale": 4}, {"day": 0}, {"changes": 0.5, "day": 2}, {"scale": float("nan")}]
)
def test_a_country_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Country(**{"scale": 0.001, **wrong})  # type: ignore[arg-type]


def test_a_small_sample_of_professionals_is_everywhere() -> None:
    country = Country.demo()
    ranks = country.spread(12)
    assert sum(len(each) for each in ranks) == 12
    towns = {
        place.structure.address.commune.departement
        for each in ranks
        for who in country.practitioners(each.start, each.stop)
        for place in who.situations
    }
    assert len(towns) == country.territories


def test_a_sample_is_never_larger_than_the_country() -> None:
    country = Country.demo()
    assert sum(len(each) for each in country.spread(10**9)) == country.practitioners_on(1)
