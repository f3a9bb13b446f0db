"""`/ins/identites/{id}/insi`: what INSi answers, beside what the desk says; then accept or refuse.

Looking changes nothing but the trace: it is a GET, its address can be opened again. Accepting is a POST.
"""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from socle.foundations.ins import actions
from socle.foundations.ins.actions import Dossier, Proposition
from socle.foundations.ins.model import CodeRetour, TraitsStricts
from socle.foundations.ins.pages import identity, words
from socle.foundations.ins.pages.acts import done, version_of
from socle.foundations.ins.pages.handlers import Counter, trace_of
from socle.foundations.ins.pages.view import view_of
from socle.foundations.ins.permissions import WRITE
from socle.foundations.ins.rules import Gravite
from socle.kernel.outcome import Problem
from socle.kernel.pages import Form, Page

_TONES = {Gravite.COMPLEMENT: "attention", Gravite.ECRITURE: "attention", Gravite.DISCORDANCE: "refused"}


@dataclass(frozen=True, slots=True)
class Compared:
    """One trait, both ways."""

    trait: str
    local: str
    insi: str
    tone: str
    judgement: str
    text: str


async def show(page: Page, counter: Counter) -> Response:
    """Ask INSi, and show its answer."""
    page.require(WRITE)
    try:
        dossier, proposition = await actions.look_up(
            counter.desk, page.path("id"), by=page.actor, trace=trace_of(page, "insi:look-up")
        )
    except Problem as problem:
        return await identity.refused(page, counter, problem, Form())
    return page.render("insi.html", **_answer(page, dossier, proposition))


async def accept(page: Page, counter: Counter) -> Response:
    """Attach the INS. INSi is asked again: what is attached is what it says now."""
    page.require(WRITE)
    form = await page.form()
    try:
        dossier, proposition = await actions.retrieve(
            counter.desk,
            page.path("id"),
            version=version_of(form),
            by=page.actor,
            trace=trace_of(page, "insi:retrieve"),
        )
    except Problem as problem:
        return await identity.refused(page, counter, problem, form)
    if proposition.individu is None:
        return page.redirect(f"/ins/identites/{dossier.id}/insi")
    return done(page, dossier, "insi.attached")


def _answer(page: Page, dossier: Dossier, proposition: Proposition) -> dict[str, Any]:
    decision = proposition.decision
    acceptable = decision is not None and decision.allowed
    refusal = None if decision is None or decision.allowed else decision
    return {
        "view": view_of(page, dossier),
        "code": proposition.code.value,
        "tone": "ok" if acceptable else "refused" if proposition.code is CodeRetour.UNE else "attention",
        "acceptable": acceptable,
        "refusal": refusal,
        "rows": compared(page, dossier.identite.traits, proposition),
    }


def compared(page: Page, local: TraitsStricts, proposition: Proposition) -> list[Compared]:
    """Every trait, the same or not; nothing when INSi found nobody."""
    if proposition.individu is None:
        return []
    insi = proposition.individu.traits
    differing = {ecart.trait: ecart for ecart in proposition.ecarts}
    found = []
    for trait, key, mine, theirs in (
        ("nom de naissance", "birth_name", local.nom_naissance, insi.nom_naissance),
        ("premier prénom", "first_given_name", local.premier_prenom, insi.premier_prenom),
        ("prénoms", "given_names", local.liste_prenoms, insi.liste_prenoms),
        ("sexe", "sex", words.sex(page, local.sexe), words.sex(page, insi.sexe)),
        (
            "date de naissance",
            "birth_date",
            words.short_date(local.date_naissance),
            words.short_date(insi.date_naissance),
        ),
        (
            "lieu de naissance",
            "birth_place",
            words.place(page, local.lieu_naissance),
            words.place(page, insi.lieu_naissance),
        ),
    ):
        ecart = differing.get(trait)
        found.append(
            Compared(
                page.text(f"trait.{key}"),
                mine,
                theirs,
                _TONES[ecart.gravite] if ecart else "ok",
                page.text(f"gravity.{ecart.gravite.value}" if ecart else "gravity.same"),
                ecart.text.to(page.language) if ecart else "",
            )
        )
    return found
