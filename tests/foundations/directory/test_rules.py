"""Reading one box: a profession, a town, a postcode, a name, in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.foundations.directory.model import Profession, Question
from socle.foundations.directory.rules import forms, read, situation_for, understand
from socle.foundations.people.model import Situation
from socle.foundations.people.model.professionnel import Adresse

KNOWN = (
    Profession("10", "Médecin"),
    Profession("40", "Chirurgien-Dentiste"),
    Profession("60", "Infirmier"),
    Profession("70", "Masseur-Kinésithérapeute"),
)
KNOW_HOWS = (
    Profession("SM04", "Cardiologie et maladies vasculaires (SM)"),
    Profession("SM26", "Qualifié en médecine générale (SM)"),
    Profession("SM40", "Pédiatrie (SM)"),
    Profession("C53", "Cardiologie (C)"),
    Profession("SM09", "Chirurgie vasculaire (SM)"),
    Profession("SM05", "Chirurgie générale (SM)"),
    Profession("SM34", "ORL et chirurgie cervico-faciale (SM)"),
    Profession("SM44", "Radio-diagnostic (SM)"),
)
TOWNS = {"lyon": "LYON", "st denis": "ST DENIS", "bourg en bresse": "BOURG EN BRESSE", "martin": "MARTIN"}


def asked(text: str) -> tuple[str, str, str, str]:
    """(name, code of the profession, town, postcode)."""
    one = understand(read(text, KNOWN), {key: name for key, name in TOWNS.items() if key != "martin"})
    return one.name, one.profession.code if one.profession else "", one.town, one.postal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("infirmier lyon", ("", "60", "LYON", "")),
        ("Lyon, une infirmière", ("", "60", "LYON", "")),
        ("martin dentiste à Lyon", ("martin", "40", "LYON", "")),
        ("Dr Dupont", ("dupont", "", "", "")),
        ("kiné 01000", ("", "70", "", "01000")),
        ("masseur kinésithérapeute", ("", "70", "", "")),
        ("médecins Bourg-en-Bresse", ("", "10", "BOURG EN BRESSE", "")),
        ("infirmier saint denis", ("", "60", "ST DENIS", "")),
        ("de la", ("", "", "", "")),
        ("", ("", "", "", "")),
    ],
)
def test_a_box_is_understood(text: str, expected: tuple[str, str, str, str]) -> None:
    assert asked(text) == expected


@pytest.mark.parametrize(
    ("text", "codes", "name", "profession", "town"),
    [
        ("cardiologue lyon", ("SM04", "C53"), "", "", "LYON"),
        ("Martin, pédiatre à Lyon", ("SM40",), "martin", "", "LYON"),
        ("un médecin généraliste", ("SM26",), "", "10", ""),
        ("généraliste lyon", ("SM26",), "", "", "LYON"),
        ("cardiologie", ("SM04", "C53"), "", "", ""),
        ("vasculaire", ("SM04", "SM09"), "", "", ""),
        ("ORL Lyon", ("SM34",), "", "", "LYON"),
        ("radiologue", ("SM44",), "", "", ""),
        ("dentiste lyon", (), "", "40", "LYON"),
        ("Cardin Lyon", (), "cardin", "", "LYON"),
        ("maladies", (), "maladies", "", ""),
    ],
)
def test_a_specialty_is_known_by_its_root(
    text: str, codes: tuple[str, ...], name: str, profession: str, town: str
) -> None:
    one = understand(read(text, KNOWN, KNOW_HOWS), TOWNS)
    assert (one.specialty.codes if one.specialty else ()) == codes
    assert (one.name, one.profession.code if one.profession else "", one.town) == (name, profession, town)


def test_what_people_say_of_a_doctor_is_a_profession_where_no_specialty_is_called_so() -> None:
    assert asked("généraliste lyon") == ("", "10", "LYON", "")


def test_a_town_that_is_announced_comes_before_another() -> None:
    question = understand(read("martin à lyon", KNOWN), TOWNS)
    assert (question.name, question.town) == ("martin", "LYON")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("marie martin", ("marie martin", "")),
        ("martin à Marie", ("martin", "MARIE")),
        ("marie lyon", ("marie", "LYON")),
    ],
)
def test_a_name_that_is_also_a_small_town_is_a_name_unless_it_is_announced(
    text: str, expected: tuple[str, str]
) -> None:
    counted = {"marie": (3, 2_000), "lyon": (2_000, 12)}  # practise there, bear the name
    question = understand(read(text, KNOWN), {"lyon": "LYON", "marie": "MARIE"}, counted)
    assert (question.name, question.town) == expected


@pytest.mark.parametrize(
    ("text", "name", "full"),
    [
        ("Le Roux Jean", "roux jean", "le roux jean"),
        ("le docteur Roux", "roux", "roux"),
        ("le dentiste Roux", "roux", "roux"),
        ("le Roux", "roux", "le roux"),
        ("Martin de Lyon", "martin", "martin"),
        ("de la Tour", "tour", "de la tour"),
        ("un dentiste à Lyon", "", ""),
    ],
)
def test_articles_may_be_part_of_a_name(text: str, name: str, full: str) -> None:
    question = understand(read(text, KNOWN), TOWNS)
    assert (question.name, question.full) == (name, full)


def test_a_town_is_looked_for_as_the_files_write_it() -> None:
    assert forms(["saint", "malo"]) == ["saint malo", "st malo"]


@given(st.text(max_size=80))
def test_any_words_are_read_and_never_break(text: str) -> None:
    words = read(text, KNOWN)
    question = understand(words, {" ".join(run): "X" for run in words.candidates[:1]})
    assert len(question.name.split()) <= 10


def test_the_situation_in_the_town_that_was_asked_is_the_one_shown() -> None:
    paris = Situation("1", adresse=Adresse(commune="Paris 13e", code_postal="75013"))
    lyon = Situation("2", adresse=Adresse(commune="LYON 3", code_postal="69003"))
    assert situation_for([paris, lyon], Question(town="LYON")) is lyon
    assert situation_for([paris, lyon], Question(postal="69003")) is lyon
    assert situation_for([paris, lyon], Question()) is paris
    assert situation_for([], Question()) is None
