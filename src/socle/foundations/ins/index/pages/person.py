"""`/ins/index/personnes/{id}`: a person, its records, why they are together, what waits, what happened."""

from starlette.responses import Response

from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import Dossier, MasterIndex
from socle.foundations.ins.index.pages.compared import domain_of, lines, name_of
from socle.foundations.ins.index.pages.handlers import trace_of
from socle.foundations.ins.index.permissions import JUDGE, READ
from socle.foundations.ins.index.rules import FRENCH
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page

_LABELS = {one.name: one.label for one in FRENCH.fields}


async def show(page: Page, index: MasterIndex) -> Response:
    """The person."""
    page.require(READ)
    return await _shown(page, index, Form())


async def of_record(page: Page, index: MasterIndex) -> Response:
    """From a Patient to its person."""
    page.require(READ)
    record = await actions.locate(index, page.path("id"), by=page.actor, trace=trace_of(page, "record"))
    if not record.person:
        raise Problem.of(
            Kind.GONE,
            "Cet enregistrement n'est plus actif : sa structure l'a supprimé ou remplacé.",
            "This record is no longer active: its structure deleted or replaced it.",
        )
    return page.redirect(f"/ins/index/personnes/{record.person}")


async def separate(page: Page, index: MasterIndex) -> Response:
    """Take records out."""
    page.require(JUDGE)
    form = await page.form()
    if not form.all("record"):
        form.fail("record", "Cochez les enregistrements à retirer.", "Tick the records to take out.", "MPI-SEPARATE")
    form.require("reason")
    if form.ok:
        try:
            await actions.separate(
                index,
                page.path("id"),
                form.all("record"),
                form.get("reason"),
                by=page.actor,
                trace=trace_of(page, "separate"),
            )
            return page.redirect(f"/ins/index/personnes/{page.path('id')}", done="person.separated")
        except Problem as problem:
            _absorb(form, problem)
    return await _shown(page, index, form, status=422)


async def unite(page: Page, index: MasterIndex) -> Response:
    """Bring another person in."""
    page.require(JUDGE)
    form = await page.form()
    form.require("other", "why")
    other = form.get("other").rstrip("/").split("/")[-1]
    if form.ok:
        try:
            left = await actions.unite(
                index, page.path("id"), other, form.get("why"), by=page.actor, trace=trace_of(page, "unite")
            )
            return page.redirect(f"/ins/index/personnes/{left}", done="person.united")
        except Problem as problem:
            _absorb(form, problem)
    return await _shown(page, index, form, status=422)


def _absorb(form: Form, problem: Problem) -> None:
    if problem.kind in (Kind.FORBIDDEN, Kind.UNAUTHENTICATED):
        raise problem
    form.absorb(problem)


async def _shown(page: Page, index: MasterIndex, form: Form, *, status: int = 200) -> Response:
    one = await actions.dossier(index, page.path("id"), by=page.actor, trace=trace_of(page, "person"))
    return page.render(
        "person.html",
        status=status,
        form=form,
        dossier=one,
        title=name_of(one.person.records[0]) if one.person.records else page.text("person.closed"),
        records=_records(page, one),
        doubts=[
            (doubt.id, name_of(doubt.a), domain_of(doubt.a), name_of(doubt.b), domain_of(doubt.b))
            for doubt in one.doubts
        ],
        history=_history(page, one),
        may_judge=page.may(JUDGE),
        labels={
            "record": page.text("person.records"),
            "reason": page.text("person.reason"),
            "other": page.text("person.other"),
            "why": page.text("person.reason"),
        },
    )


def _records(page: Page, one: Dossier) -> list[dict[str, object]]:
    first = one.person.records[0] if one.person.records else None
    return [
        {
            "id": record.id,
            "name": name_of(record),
            "domain": domain_of(record),
            "birth": record.portrait.birth,
            "sex": record.portrait.sex,
            "place": record.portrait.place,
            "why": page.text(f"why.{record.why or 'first'}"),
            "weight": f"{record.weight:.1f}" if record.weight else "",
            "fed": record.fed_at,
            "lines": lines(first.portrait, record.portrait, comparison) if first and comparison else [],
        }
        for record, comparison in zip(one.person.records, one.comparisons, strict=True)
    ]


def _history(page: Page, one: Dossier) -> list[dict[str, object]]:
    return [
        {
            "at": each.at,
            "who": each.who,
            "what": page.text(f"act.{each.kind.replace('-', '_')}"),
            "record": each.record,
            "other": each.other if each.other != one.person.id else each.person if each.person != one.person.id else "",
            "said": each.said,
            "weight": f"{each.weight:.1f}" if each.weight else "",
            "findings": ", ".join(
                f"{_LABELS[field].to(page.language) if field in _LABELS else 'INS'} {bits:+.1f}"
                for field, _, bits in each.findings
            ),
        }
        for each in one.history
    ]
