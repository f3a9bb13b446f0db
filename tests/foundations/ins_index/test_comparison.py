"""What two records say of each other: links, doubts, twins; every verdict explains itself."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.foundations.ins_index.support import portrait

from socle.foundations.ins.index.model import Identifier, Portrait, Verdict
from socle.foundations.ins.index.rules import FRENCH, blocks, compare, sound

NIR, OTHER_NIR = (Identifier("urn:oid:1.2.250.1.213.1.4.10", value) for value in ("261032901900123", "261032901900244"))
NIA = Identifier("urn:oid:1.2.250.1.213.1.4.9", "861032901900155")


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"family": "LEGALL"},
        {"family": "LE GAL"},
        {"given": ["ANNE MARIE"]},
        {"given": ["ANNE", "MARIE"]},
        {"family": "ANNE-MARIE", "given": ["LE GALL"]},
        {"born": "1961-09-03"},
        {"born": "1961-03-08"},
        {"born": "1961-03"},
        {"born": "1961-12-09"},
        {"family": "LE GALE", "given": ["ANNE-MARIE", "ROSE"]},
        {"family": "ANNE-MARIE", "given": ["LE GALLO"]},
        {"family": "KERVELLA", "usual_family": "LE GALL"},
        {"place": "99999"},
        {"postcode": "35000", "street": "", "phones": []},
    ],
    ids=[
        "the same",
        "a particle stuck to the name",
        "a name that sounds the same",
        "a compound name without its hyphen",
        "a compound name in two",
        "family and given names swapped",
        "day and month swapped",
        "one digit of the date",
        "a day that nobody knows",
        "another month",
        "a letter too many",
        "family and given names swapped, one of them misspelt",
        "a married name for a birth name",
        "a birthplace that nobody knows",
        "another home",
    ],
)
def test_the_slips_of_french_front_desks_are_forgiven(other: dict[str, object]) -> None:
    assert compare(portrait(), portrait(**other)).verdict is Verdict.LINK


@pytest.mark.parametrize("name", ["LUCIE", "JULIE", "LEA"])
def test_twins_are_two_persons_whatever_else_they_share(name: str) -> None:
    found = compare(portrait(given=["CAMILLE"]), portrait(given=[name]))
    assert found.verdict is Verdict.APART
    assert found.is_barred
    assert [code for code, _ in found.reasons] == ["twins"]


def test_twins_with_names_that_look_alike_are_two_persons() -> None:
    assert compare(portrait(given=["MARIE"]), portrait(given=["MARIA"])).verdict is Verdict.APART


def test_louis_and_louise_born_the_same_day_are_two_persons() -> None:
    found = compare(portrait(given=["LOUIS"], sex="M"), portrait(given=["LOUISE"], sex="F"))
    assert sound("LOUIS") == sound("LOUISE")
    assert found.verdict is Verdict.APART


def test_a_rare_given_name_that_differs_is_for_somebody_to_look_at() -> None:
    assert compare(portrait(given=["ZBIGNIEWA"]), portrait(given=["OUARDIA"])).verdict is Verdict.DOUBTFUL


def test_the_rank_of_a_multiple_birth_keeps_apart() -> None:
    assert compare(portrait(rank=1), portrait(rank=2)).verdict is Verdict.APART


def test_a_homonym_born_elsewhere_is_never_linked() -> None:
    other = portrait(place="75112", given=["ANNE-MARIE"], street="", postcode="", phones=[])
    found = compare(portrait(), other)
    assert found.verdict is not Verdict.LINK
    assert found.is_barred


def test_a_birthplace_that_differs_does_not_part_those_who_share_a_home() -> None:
    assert not compare(portrait(), portrait(place="75112")).is_barred


@pytest.mark.parametrize(("one", "other"), [("ROUX", "RUX"), ("ADAM", "ADM"), ("ROY", "ROI")])
def test_a_letter_of_a_short_name_is_a_slip_that_proves_little(one: str, other: str) -> None:
    found = compare(portrait(family=one), portrait(family=other))
    assert found.level_of("family") in ("short", "sounds")
    assert found.verdict is Verdict.LINK


def test_two_short_names_that_begin_otherwise_are_two_names() -> None:
    assert compare(portrait(family="LEE"), portrait(family="REE")).level_of("family") == "differs"


def test_a_record_without_a_date_shares_a_key_by_its_birthplace() -> None:
    bare = {"street": "", "postcode": "", "phones": [], "born": ""}
    assert set(blocks(portrait())) & set(blocks(portrait(**bare)))


def test_the_same_qualified_ins_links_in_spite_of_the_spelling() -> None:
    found = compare(portrait(ins=NIR), portrait(ins=NIR, family="X", street="", postcode="", phones=[]))
    assert found.verdict is Verdict.LINK
    assert found.level_of("ins") == "same"


def test_the_key_of_the_matricule_does_not_count() -> None:
    assert compare(portrait(ins=NIR), portrait(ins=Identifier(NIR.system, NIR.value[:13]))).level_of("ins") == "same"


def test_a_nia_that_became_a_nir_is_the_same_person() -> None:
    found = compare(portrait(ins=NIR, former_ins=[NIA]), portrait(ins=NIA))
    assert (found.verdict, found.level_of("ins")) == (Verdict.LINK, "former")


def test_two_qualified_ins_never_link_by_themselves() -> None:
    found = compare(portrait(ins=NIR), portrait(ins=OTHER_NIR))
    assert found.verdict is Verdict.DOUBTFUL
    assert found.is_barred
    assert found.reasons[0][0] == "ins-conflict"


def test_the_same_matricule_under_another_authority_is_another_ins() -> None:
    other = Identifier("urn:oid:1.2.250.1.213.1.4.11", NIR.value)
    assert compare(portrait(ins=NIR), portrait(ins=other)).verdict is not Verdict.LINK


def test_an_ins_on_somebody_else_s_traits_is_for_somebody_to_look_at() -> None:
    found = compare(portrait(ins=NIR), portrait(ins=NIR, given=["PAUL"], born="1988-11-30", sex="M"))
    assert found.verdict is Verdict.DOUBTFUL
    assert found.reasons[0][0] == "ins-discord"


def test_more_persons_make_the_same_weight_prove_less() -> None:
    from dataclasses import replace

    bare = {"street": "", "postcode": "", "city": "", "phones": [], "place": "", "given": ["ANNE"]}
    a, b = portrait(**bare), portrait(**bare)
    assert compare(a, b, replace(FRENCH, prior=17.0)).verdict is Verdict.LINK
    assert compare(a, b, replace(FRENCH, prior=26.0)).verdict is Verdict.DOUBTFUL


@pytest.mark.parametrize(
    "names",
    [
        "GAUTIER GAUTHIER GOTIER",
        "LEFEVRE LEFEBVRE LEFAIVRE",
        "RENAULT RENAUD RENAUT",
        "DUPONT DUPOND",
        "PHILIPPE FILIPPE",
        "MATHIEU MATTHIEU MATIEU",
        "SCHMITT SCHMIDT",
        "CATHERINE KATHERINE",
        "MOREAU MOROT MOREAUX",
        "THIBAULT THIBAUD TIBO",
    ],
)
def test_names_written_in_several_ways_sound_the_same(names: str) -> None:
    assert len({sound(name) for name in names.split()}) == 1


@pytest.mark.parametrize("names", ["MARTIN MARTINEZ", "LUCAS LUCIEN", "PETIT PETITJEAN", "JEAN JEANNE", "NOEL NOELLE"])
def test_other_names_do_not_sound_the_same(names: str) -> None:
    one, other = names.split()
    assert sound(one) != sound(other) or names == "NOEL NOELLE"


_names = st.sampled_from(
    ["MARTIN", "LE GALL", "LEGALL", "DUPONT", "DUPOND", "GARCIA-LOPEZ", "GARCIA", "X", "D'ARC", "SAÏDI", ""]
)
_given = st.lists(
    st.sampled_from(["JEAN", "JEAN-PIERRE", "PIERRE", "ANNE", "ANA", "MARIE", "MARIA", "LÉA", "J"]), max_size=3
)
_portraits = st.builds(
    Portrait.of,
    family=_names,
    usual_family=_names,
    given=_given,
    sex=st.sampled_from(["M", "F", ""]),
    born=st.sampled_from(["1961-03-09", "1961-09-03", "1961-03", "1961", "1961-01-01", "1988-12-31", "1961-13-09", ""]),
    place=st.sampled_from(["29019", "29232", "99351", "75112", ""]),
    postcode=st.sampled_from(["29000", "29001", ""]),
    street=st.sampled_from(["3 rue des Lilas", "3 r des Lilas", ""]),
    phones=st.lists(st.sampled_from(["0612345678", "+33 6 12 34 56 78", "0298000000"]), max_size=2),
    ins=st.sampled_from([None, NIR, OTHER_NIR, NIA]),
    former_ins=st.sampled_from([(), (NIA,)]),
    rank=st.sampled_from([0, 1, 2]),
)


@given(_portraits, _portraits)
def test_a_comparison_does_not_depend_on_which_comes_first(a: Portrait, b: Portrait) -> None:
    one, other = compare(a, b), compare(b, a)
    assert (one.verdict, one.is_barred, one.reasons) == (other.verdict, other.is_barred, other.reasons)
    assert [(f.field, f.level, f.weight) for f in one.findings] == [
        (f.field, f.level, f.weight) for f in other.findings
    ]


@given(_portraits, _portraits)
def test_the_explanation_sums_to_the_weight(a: Portrait, b: Portrait) -> None:
    found = compare(a, b)
    assert isclose(found.weight, sum(finding.weight for finding in found.findings), abs_tol=1e-9)
    assert all(finding.text.fr and finding.text.en for finding in found.findings)


@given(_portraits, _portraits)
def test_what_is_barred_is_not_linked(a: Portrait, b: Portrait) -> None:
    found = compare(a, b)
    assert not (found.is_barred and found.verdict is Verdict.LINK)


@given(_portraits, _portraits)
def test_whatever_is_linked_shares_a_blocking_key(a: Portrait, b: Portrait) -> None:
    if compare(a, b).verdict is Verdict.LINK:
        assert set(blocks(a)) & set(blocks(b))


@given(_portraits)
def test_a_portrait_comes_back_as_it_was_kept(a: Portrait) -> None:
    import orjson

    assert Portrait.load(orjson.loads(orjson.dumps(a.dump()))) == a
