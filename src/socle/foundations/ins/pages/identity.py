"""`/ins/identites/{id}`: one identity, its status with the reason, the next best action, what happened."""

from starlette.responses import Response

from socle.foundations.ins import actions
from socle.foundations.ins.actions import Dossier
from socle.foundations.ins.actions.lists import history_of
from socle.foundations.ins.model import Accompagnement, Situation, TypeDocument
from socle.foundations.ins.pages.create import field_labels
from socle.foundations.ins.pages.diagram import TONES
from socle.foundations.ins.pages.handlers import Counter, trace_of
from socle.foundations.ins.pages.history import told
from socle.foundations.ins.pages.view import view_of
from socle.foundations.ins.permissions import READ, WRITE
from socle.kernel.outcome import Problem
from socle.kernel.pages import Form, Page


async def show(page: Page, counter: Counter) -> Response:
    """The page of an identity."""
    page.require(READ)
    return await shown(page, counter, await read(page, counter))


async def read(page: Page, counter: Counter) -> Dossier:
    """The identity that the address names, with the trace of its reading. Raises: Problem(NOT_FOUND | GONE | …)."""
    return await actions.read_identity(counter.desk, page.path("id"), by=page.actor, trace=trace_of(page, "read"))


async def refused(page: Page, counter: Counter, problem: Problem, form: Form) -> Response:
    """The page of the identity with what was refused, and the form as it was sent."""
    form.absorb(problem)
    return await shown(page, counter, await read(page, counter), form, status=problem.kind.status)


async def shown(
    page: Page, counter: Counter, dossier: Dossier, form: Form | None = None, *, status: int = 200
) -> Response:
    """The page of `dossier`."""
    happened = await history_of(counter.desk, counter.database, dossier)
    return page.render(
        "identity.html",
        status=status,
        form=form or Form(),
        view=view_of(page, dossier),
        history=[told(page, one) for one in happened],
        tones=TONES,
        labels=field_labels(page),
        may_write=page.may(WRITE),
        documents=[(each.code, page.text(f"papers.{each.code}")) for each in TypeDocument],
        situations=[
            (each.value, page.text(f"situation.{each.value}")) for each in Situation if each is not Situation.ORDINAIRE
        ],
        accompaniments=[(each.value, page.text(f"with.{each.value}")) for each in Accompagnement],
    )
