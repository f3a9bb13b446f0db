"""`/ins/nouvelle`: create an identity."""

from contextlib import suppress

from starlette.responses import Response

from socle.foundations.ins import actions
from socle.foundations.ins.actions.lists import Filter, page_of
from socle.foundations.ins.model import LunarDate, TraitsStricts
from socle.foundations.ins.pages import forms
from socle.foundations.ins.pages.handlers import Counter, trace_of
from socle.foundations.ins.pages.rows import Row, row_of
from socle.foundations.ins.permissions import WRITE
from socle.foundations.ins.population.lieux import Lieu
from socle.kernel.outcome import Problem
from socle.kernel.pages import Form, Page


async def show(page: Page, counter: Counter) -> Response:
    """The empty form, with what was searched for already in it."""
    page.require(WRITE)
    return _form(page, prefilled(page.query("q")))


async def receive(page: Page, counter: Counter) -> Response:
    """Create, unless something is wrong or somebody looks the same."""
    page.require(WRITE)
    form = await page.form()
    traits, choices = forms.strict_traits(form)
    if traits is None:
        return _form(page, form, choices, status=422)
    if not form.get("not_a_double") and (doubles := await _doubles(page, counter, traits)):
        return _form(page, form, doubles=doubles, status=409)
    try:
        dossier = await actions.create_identity(
            counter.desk,
            traits,
            complementaires=forms.complementary_traits(form),
            ipp=form.get("ipp"),
            by=page.actor,
            trace=trace_of(page, "create"),
        )
    except Problem as problem:
        form.absorb(problem, forms.FIELDS)
        return _form(page, form, status=problem.kind.status)
    return page.redirect(f"/ins/identites/{dossier.id}", done="new.done")


async def _doubles(page: Page, counter: Counter, traits: TraitsStricts) -> list[Row]:
    if not traits.date_naissance.is_complete:
        return []
    wanted = Filter(text=f"{traits.nom_naissance.split()[0]} {traits.date_naissance}")
    found, _ = await page_of(counter.desk, wanted, count=10, by=page.actor, trace=trace_of(page, "search-type"))
    same = [each for each in found if each.identite.traits.nom_naissance == traits.nom_naissance]
    return [row_of(page, each) for each in same]


def prefilled(searched: str) -> Form:
    """A form with the words that were searched for: a date, a name, given names."""
    form = Form()
    names: list[str] = []
    for word in searched.split()[:8]:
        if not word[0].isdigit():
            names.append(word)
            continue
        with suppress(Problem):
            LunarDate.parse(word)
            form.values["birth_date"] = [word]
    if names:
        form.values["birth_name"] = [names[0].upper()]
        form.values["given_names"] = [" ".join(names[1:]).upper()]
    return form


def _form(
    page: Page, form: Form, choices: list[Lieu] | None = None, doubles: list[Row] | None = None, *, status: int = 200
) -> Response:
    return page.render(
        "new.html",
        status=status,
        form=form,
        choices=choice_of_places(choices or []),
        doubles=doubles or [],
        labels=field_labels(page),
    )


def choice_of_places(places: list[Lieu]) -> list[tuple[str, str]]:
    """Places as options of a form."""
    return [(lieu.code, f"{lieu.nom} ({lieu.code})") for lieu in places]


def field_labels(page: Page) -> dict[str, str]:
    """What the fields are called, for the summary of errors."""
    names = ("birth_name", "given_names", "first_given_name", "sex", "birth_date", "birth_place", "used_name")
    return {name: page.text(f"trait.{name}") for name in (*names, "used_given_name", "email")} | {
        "document": page.text("document.which"),
        "situation": page.text("document.situation"),
    }
