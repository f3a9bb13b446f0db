"""What the forms of the desk say, turned into values of the model; what is wrong goes beside its field."""

from collections.abc import Callable
from functools import partial
from typing import Final

from socle.foundations.ins.model import (
    LIEU_INCONNU,
    Accompagnement,
    LunarDate,
    Piece,
    Situation,
    TraitsComplementaires,
    TraitsStricts,
    TypeDocument,
    normalise_nom,
    normalise_prenom,
)
from socle.foundations.ins.pages.places import resolve
from socle.foundations.ins.population.lieux import Lieu
from socle.kernel.outcome import Problem
from socle.kernel.pages import Form

FIELDS: Final = {"Patient.birthDate": "birth_date"}
"""The field of what a rule refuses."""


def strict_traits(form: Form) -> tuple[TraitsStricts | None, list[Lieu]]:
    """The five strict traits of a form; None when something is wrong (the form says what), with the places to choose
    from when the birthplace may be several."""
    form.require("birth_name", "given_names", "sex", "birth_date")
    _check(form, "birth_name", lambda: normalise_nom(form.get("birth_name")))
    for prenom in form.get("given_names").replace(",", " ").split():
        _check(form, "given_names", partial(normalise_prenom, prenom))
    if form.get("first_given_name"):
        _check(form, "first_given_name", lambda: normalise_prenom(form.get("first_given_name"), "premier prénom"))
    _check(form, "birth_date", lambda: LunarDate.parse(form.get("birth_date")))
    code, choices = birthplace(form)
    if not form.ok:
        return None, choices
    try:
        traits = TraitsStricts.of(
            nom_naissance=form.get("birth_name"),
            prenoms=form.get("given_names"),
            premier_prenom=form.get("first_given_name"),
            prenom_compose=bool(form.get("first_given_name")),
            sexe=form.get("sex"),
            date_naissance=form.get("birth_date"),
            lieu_naissance=code,
        )
    except Problem as problem:
        form.absorb(problem)
        return None, choices
    return traits, choices


def birthplace(form: Form) -> tuple[str, list[Lieu]]:
    """The INSEE code of the birthplace; a choice already made (`place_code`) wins over what was typed."""
    typed = form.get("birth_place")
    if chosen := form.get("place_code"):
        return chosen, []
    if not typed:
        return LIEU_INCONNU, []
    found = resolve(typed)
    if isinstance(found, str):
        return found, []
    if found:
        form.fail(
            "birth_place",
            "Plusieurs lieux répondent à ce nom : choisissez ci-dessous.",
            "Several places have this name: choose below.",
        )
    else:
        form.fail(
            "birth_place",
            "Ce lieu n'est pas connu sous ce nom : donnez son code INSEE (pays étranger : 99 et trois chiffres), ou "
            "laissez vide s'il est inconnu.",
            "This place is not known by this name: give its INSEE code (country abroad: 99 and three digits), or leave "
            "empty when it is not known.",
            rule="RNIV traits stricts, lieu",
        )
    return "", found


def complementary_traits(form: Form) -> TraitsComplementaires:
    """What helps to recognise and reach someone; free text."""
    return TraitsComplementaires(
        nom_utilise=form.get("used_name").upper(),
        prenom_utilise=form.get("used_given_name").upper(),
        adresse=form.get("address"),
        code_postal=form.get("postal_code"),
        commune=form.get("city"),
        telephone=form.get("phone"),
        courriel=form.get("email"),
    )


def document_shown(form: Form) -> Piece | None:
    """The document on the counter; None when the form does not say which."""
    form.require("document")
    if not form.ok:
        return None
    try:
        with_it = form.get("with")
        return Piece(
            TypeDocument.of_code(form.get("document")),
            Situation(form.get("situation") or Situation.ORDINAIRE.value),
            Accompagnement(with_it) if with_it else None,
        )
    except Problem as problem:
        form.absorb(problem)
    except ValueError:
        form.fail("situation", "Cette situation n'existe pas.", "This situation does not exist.")
    return None


def _check(form: Form, name: str, make: Callable[[], object]) -> None:
    if not form.get(name):
        return
    try:
        make()
    except Problem as problem:
        form.errors.setdefault(name, problem.issues[0])
