"""`/ins/identites/{id}/traits`: correct a strict trait."""

from starlette.responses import Response

from socle.foundations.ins import actions
from socle.foundations.ins.actions import Dossier
from socle.foundations.ins.pages import forms, identity
from socle.foundations.ins.pages.acts import done, version_of
from socle.foundations.ins.pages.create import choice_of_places, field_labels
from socle.foundations.ins.pages.handlers import Counter, trace_of
from socle.foundations.ins.pages.places import label
from socle.foundations.ins.pages.view import view_of
from socle.foundations.ins.permissions import WRITE
from socle.foundations.ins.population.lieux import Lieu
from socle.kernel.outcome import Problem
from socle.kernel.pages import Form, Page


async def show(page: Page, counter: Counter) -> Response:
    """The form, with the traits as they are."""
    page.require(WRITE)
    dossier = await identity.read(page, counter)
    return _form(page, dossier, filled(dossier))


async def receive(page: Page, counter: Counter) -> Response:
    """Correct; the status follows."""
    page.require(WRITE)
    form = await page.form()
    before = await identity.read(page, counter)
    traits, choices = forms.strict_traits(form)
    if traits is None:
        return _form(page, before, form, choices, status=422)
    try:
        dossier = await actions.update_traits(
            counter.desk,
            before.id,
            traits=traits,
            version=version_of(form),
            by=page.actor,
            trace=trace_of(page, "correct"),
        )
    except Problem as problem:
        form.absorb(problem, forms.FIELDS)
        return _form(page, before, form, status=problem.kind.status)
    if dossier.version == before.version:
        return page.redirect(f"/ins/identites/{dossier.id}", done="traits.same", tone="attention")
    return done(page, dossier, "traits.done")


def filled(dossier: Dossier) -> Form:
    """The form as the record says."""
    traits = dossier.identite.traits
    birth = traits.date_naissance
    values = {
        "birth_name": traits.nom_naissance,
        "given_names": traits.liste_prenoms,
        "first_given_name": traits.premier_prenom if traits.prenom_compose else "",
        "sex": traits.sexe.value,
        "birth_date": f"{birth.day:02d}/{birth.month:02d}/{birth.year:04d}",
        "birth_place": label(traits.lieu_naissance) if traits.is_birthplace_known else "",
    }
    return Form({name: [value] for name, value in values.items()})


def _form(
    page: Page, dossier: Dossier, form: Form, choices: list[Lieu] | None = None, *, status: int = 200
) -> Response:
    return page.render(
        "traits.html",
        status=status,
        form=form,
        view=view_of(page, dossier),
        choices=choice_of_places(choices or []),
        labels=field_labels(page),
    )
