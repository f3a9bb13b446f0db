"""`/ins/index`: the doubles queue. The likeliest pairs first; those put off have a list of their own."""

from starlette.responses import Response

from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import Judged, MasterIndex
from socle.foundations.ins.index.model import PairState
from socle.foundations.ins.index.pages.compared import domain_of, name_of, percent
from socle.foundations.ins.index.pages.handlers import trace_of
from socle.foundations.ins.index.permissions import JUDGE
from socle.kernel.pages import Column, Listing, Page, page_number

SIZE = 50
_STATES = {"": PairState.DOUBTFUL, "remises": PairState.LATER}


async def show(page: Page, index: MasterIndex) -> Response:
    """The queue."""
    page.require(JUDGE)
    chosen = page.query("file") if page.query("file") in _STATES else ""
    number = page_number(page.query("page", "1"))
    trace = trace_of(page, "queue")
    figures = await actions.figures(index, by=page.actor, trace=trace)
    found = await actions.queue(
        index, [_STATES[chosen]], offset=(number - 1) * SIZE, count=SIZE, by=page.actor, trace=trace
    )
    view = Listing(
        path="/ins/index",
        columns=[
            Column("a", page.text("queue.one")),
            Column("b", page.text("queue.other")),
            Column("why", page.text("queue.why"), wide=True),
            Column("likelihood", page.text("queue.likelihood"), numeric=True),
            Column("since", page.text("queue.since"), wide=True),
        ],
        rows=[_row(page, one) for one in found],
        total=figures["later" if chosen else "doubtful"],
        page=number,
        size=SIZE,
        filters={"file": chosen},
        caption=page.text("queue.caption"),
    )
    return page.render("queue.html", view=view, figures=figures, chosen=chosen)


async def following(page: Page, index: MasterIndex) -> Response:
    """To the likeliest pair that waits; back to the queue when none does."""
    page.require(JUDGE)
    found = await actions.next_pair(index, by=page.actor, trace=trace_of(page, "queue"))
    if found is None:
        return page.redirect("/ins/index", done="queue.all_done")
    return page.redirect(f"/ins/index/paires/{found.id}")


def _row(page: Page, one: Judged) -> dict[str, object]:
    doubt, comparison = one.doubt, one.comparison
    reasons = [text.to(page.language) for _, text in comparison.reasons]
    return {
        "id": doubt.id,
        "a": name_of(doubt.a),
        "a_birth": doubt.a.portrait.birth,
        "a_domain": domain_of(doubt.a),
        "b": name_of(doubt.b),
        "b_birth": doubt.b.portrait.birth,
        "b_domain": domain_of(doubt.b),
        "why": " ".join(reasons) or page.text("queue.weight"),
        "likelihood": page.text("queue.percent", value=percent(comparison.probability)),
        "since": doubt.since,
        "said": doubt.said,
    }
