"""`/ins/index/paires/{a}~{b}`: two records side by side, and the decision."""

from typing import cast

from starlette.responses import Response

from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import Judgement, MasterIndex
from socle.foundations.ins.index.pages.compared import domain_of, lines, name_of, percent
from socle.foundations.ins.index.pages.handlers import trace_of
from socle.foundations.ins.index.permissions import JUDGE
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page

_JUDGEMENTS = ("same", "apart", "later")


async def show(page: Page, index: MasterIndex) -> Response:
    """The pair."""
    page.require(JUDGE)
    return await _shown(page, index, Form())


async def decide(page: Page, index: MasterIndex) -> Response:
    """The decision, then the next pair."""
    page.require(JUDGE)
    form = await page.form()
    a, b = _two(page)
    if form.get("judgement") not in _JUDGEMENTS:
        form.fail("judgement", "Choisissez une décision.", "Choose a decision.", "MPI-JUDGEMENT")
    if not form.get("reason"):
        form.fail("reason", "Dites pourquoi : la décision se relira.", "Say why: it will be read again.", "MPI-REASON")
    if not form.ok:
        return await _shown(page, index, form, status=422)
    judgement = cast(Judgement, form.get("judgement"))
    try:
        await actions.judge(
            index, a, b, judgement, form.get("reason"), by=page.actor, trace=trace_of(page, f"judge:{judgement}")
        )
    except Problem as problem:
        if problem.kind not in (Kind.RULE_VIOLATED, Kind.CONFLICT, Kind.NOT_FOUND):
            raise
        form.absorb(problem, {"reason": "reason"})
        return await _shown(page, index, form, status=problem.kind.status)
    return page.redirect("/ins/index/suivante", done=f"pair.done_{judgement}")


async def _shown(page: Page, index: MasterIndex, form: Form, *, status: int = 200) -> Response:
    one = await actions.pair(index, *_two(page), by=page.actor, trace=trace_of(page, "pair"))
    a, b = one.doubt.a, one.doubt.b
    return page.render(
        "pair.html",
        status=status,
        form=form,
        doubt=one.doubt,
        comparison=one.comparison,
        lines=lines(a.portrait, b.portrait, one.comparison),
        sides=[(name_of(record), domain_of(record), record.person, record.id) for record in (a, b)],
        percent=percent(one.comparison.probability),
        options=[(value, page.text(f"pair.{value}")) for value in _JUDGEMENTS],
        labels={"judgement": page.text("pair.judgement"), "reason": page.text("pair.reason")},
    )


def _two(page: Page) -> tuple[str, str]:
    a, tilde, b = page.path("pair").partition("~")
    if not (a and tilde and b):
        raise Problem.of(Kind.NOT_FOUND, "Aucune paire à cette adresse.", "No pair at this address.")
    return a, b
