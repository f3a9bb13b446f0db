"""The forms of an identity's page: the document shown, the attributes, the verification by INSi."""

from starlette.responses import Response

from socle.foundations.ins import actions
from socle.foundations.ins.actions import Dossier
from socle.foundations.ins.model import Attribut
from socle.foundations.ins.pages import forms, identity
from socle.foundations.ins.pages.handlers import Counter, trace_of
from socle.foundations.ins.permissions import WRITE
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page


def version_of(form: Form) -> int | None:
    """The version that the reader saw, None when the form does not say."""
    seen = form.get("version")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None


async def record_document(page: Page, counter: Counter) -> Response:
    """The agent compared the traits with the document on the counter."""
    page.require(WRITE)
    form = await page.form()
    piece = forms.document_shown(form)
    if piece is None:
        return await identity.shown(page, counter, await identity.read(page, counter), form, status=422)
    try:
        dossier = await actions.record_document(
            counter.desk,
            page.path("id"),
            piece,
            version=version_of(form),
            by=page.actor,
            trace=trace_of(page, "record-document"),
        )
    except Problem as problem:
        return await identity.refused(page, counter, problem, form)
    return done(page, dossier, "document.done")


async def attribute(page: Page, counter: Counter) -> Response:
    """Set or lift homonyme, douteuse, fictive."""
    page.require(WRITE)
    form = await page.form()
    code, act = form.get("attribute"), form.get("act")
    if code not in Attribut.__members__ or act not in ("set", "lift"):
        raise Problem.of(
            Kind.INVALID,
            "Ce formulaire ne dit pas quel attribut poser ou retirer : utilisez les boutons de la page.",
            "This form does not say which attribute to set or lift: use the buttons of the page.",
        )
    act_on = actions.set_attribute if act == "set" else actions.lift_attribute
    try:
        dossier = await act_on(
            counter.desk,
            page.path("id"),
            Attribut(code),
            version=version_of(form),
            by=page.actor,
            trace=trace_of(page, "attribute"),
        )
    except Problem as problem:
        return await identity.refused(page, counter, problem, form)
    return done(page, dossier, f"attributes.{act}_done")


async def verify(page: Page, counter: Counter) -> Response:
    """Ask INSi whether the INS still holds."""
    page.require(WRITE)
    form = await page.form()
    try:
        dossier, holds = await actions.verify(
            counter.desk, page.path("id"), version=version_of(form), by=page.actor, trace=trace_of(page, "verify")
        )
    except Problem as problem:
        return await identity.refused(page, counter, problem, form)
    if holds:
        return page.redirect(f"/ins/identites/{dossier.id}", done="insi.confirmed")
    return page.redirect(f"/ins/identites/{dossier.id}", done="insi.detached", tone="attention")


def done(page: Page, dossier: Dossier, key: str) -> Response:
    """Back to the identity, with what was done and the status that follows."""
    status = page.text(f"status.{dossier.identite.statut.value}")
    return page.redirect(f"/ins/identites/{dossier.id}", done=key, status=status)
