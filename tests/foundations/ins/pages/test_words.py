"""Places, names, forms, files: what the desk understands and what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.foundations.ins.model import LIEU_INCONNU, StatutIdentite
from socle.foundations.ins.pages.create import prefilled
from socle.foundations.ins.pages.diagram import arrows, drawing
from socle.foundations.ins.pages.forms import birthplace, document_shown, strict_traits
from socle.foundations.ins.pages.places import label, resolve, search
from socle.foundations.ins.pages.rows import _harmless
from socle.foundations.ins.pages.words import given as given_name
from socle.foundations.ins.rules import TRANSITIONS
from socle.kernel.pages import Form


def form(**values: str) -> Form:
    usual = {"birth_name": "Adrun", "given_names": "Zoé", "sex": "F", "birth_date": "31/12/1975"}
    return Form({name: [value] for name, value in {**usual, **values}.items()})


@pytest.mark.parametrize("typed", ["33063", "Bordeaux", "bordeaux", " BORDEAUX ", "Bordeaux (33063)"])
def test_a_place_is_understood_by_its_name_or_its_code(typed: str) -> None:
    assert resolve(typed) == "33063"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("st etienne", "42218"), ("Saint-Étienne", "42218"), ("l'ile rousse", "2B134"), ("paris 13e", "75113")],
)
def test_accents_hyphens_and_saint_do_not_matter(typed: str, code: str) -> None:
    assert resolve(typed) == code


def test_a_code_out_of_the_short_table_is_kept() -> None:
    assert resolve("01001") == "01001"
    assert label("01001") == "01001"


def test_a_name_that_several_places_bear_must_be_chosen() -> None:
    sent = form(birth_place="Saint-Denis")
    code, choices = birthplace(sent)
    assert code == ""
    assert {lieu.code for lieu in choices} == {"93066", "97411"}
    assert "birth_place" in sent.errors
    assert birthplace(form(birth_place="Saint-Denis", place_code="97411")) == ("97411", [])


def test_no_place_is_an_unknown_place() -> None:
    assert birthplace(form()) == (LIEU_INCONNU, [])


def test_the_largest_places_come_first() -> None:
    assert search("mars")[0].nom.startswith("Marseille")


@given(st.text())
def test_whatever_is_typed_a_place_is_found_or_not(typed: str) -> None:
    found = resolve(typed)
    assert isinstance(found, str | list)


@given(st.text(), st.text(), st.text())
def test_whatever_is_typed_the_form_says_what_is_wrong_or_gives_traits(name: str, given_names: str, day: str) -> None:
    sent = form(birth_name=name, given_names=given_names, birth_date=day)
    traits, _ = strict_traits(sent)
    assert (traits is None) is not sent.ok


def test_traits_are_normalised_and_a_compound_name_is_a_decision() -> None:
    traits, _ = strict_traits(form(given_names="Jean Pierre Marie", first_given_name="Jean Pierre", sex="M"))
    assert traits is not None
    assert (traits.nom_naissance, traits.premier_prenom, traits.prenom_compose) == ("ADRUN", "JEAN PIERRE", True)


def test_each_wrong_trait_is_told_beside_its_field() -> None:
    sent = form(birth_name="Dupont3", birth_date="31/02/1980", sex="")
    assert strict_traits(sent)[0] is None
    assert set(sent.errors) == {"birth_name", "birth_date", "sex"}


def test_a_document_that_does_not_exist_is_refused() -> None:
    sent = form(document="XX")
    assert document_shown(sent) is None
    assert not sent.ok


def test_what_was_searched_for_fills_the_new_identity() -> None:
    filled = prefilled("dupont marie 01/02/1980 ✂")
    assert filled.get("birth_name") == "DUPONT"
    assert filled.get("birth_date") == "01/02/1980"


def test_a_given_name_is_shown_as_people_write_it() -> None:
    assert given_name("JEAN-PIERRE") == "Jean-Pierre"


@pytest.mark.parametrize("value", ["=1+1", "+33", "-2", "@SUM(A1)"])
def test_a_file_for_a_spreadsheet_runs_nothing(value: str) -> None:
    assert _harmless(value) == f"'{value}"


def test_the_diagram_draws_every_transition_of_the_table_and_nothing_else() -> None:
    drawn = {(arrow.before, event): arrow.after for arrow in arrows() for event in arrow.events}
    assert drawn == {(before, event): after for (event, before), after in TRANSITIONS.items()}
    picture = drawing(lambda s: f"<{s}>", lambda e: e.name, "Statuts")
    assert picture.count("marker-end") == len([a for a in arrows() if a.before is not a.after])
    assert all(f"&lt;{statut}&gt;" in picture for statut in StatutIdentite)
