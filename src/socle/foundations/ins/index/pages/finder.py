"""`/ins/index/recherche`: who is this? As $match answers it, for people."""

from starlette.responses import Response

from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import MasterIndex
from socle.foundations.ins.index.model import Birth, Portrait
from socle.foundations.ins.index.pages.compared import domain_of, name_of, percent
from socle.foundations.ins.index.pages.handlers import trace_of
from socle.foundations.ins.index.permissions import READ
from socle.kernel.pages import Form, Page

_TONES = {"certain": "ok", "probable": "attention", "possible": "unknown"}


async def show(page: Page, index: MasterIndex) -> Response:
    """The form, and the candidates once it is filled."""
    page.require(READ)
    names = ("nom", "prenoms", "naissance", "lieu", "postal")
    form = Form({name: [page.query(name)] for name in names if page.query(name)})
    found: list[dict[str, object]] = []
    asked = bool(form.values)
    born = form.get("naissance")
    if asked and not (form.get("nom") or form.get("prenoms")):
        form.fail("nom", "Donnez un nom ou un prénom.", "Give a family or a given name.")
    if born and Birth.parse(_iso(born)) is None:
        form.fail("naissance", "Date attendue : JJ/MM/AAAA ou AAAA-MM-JJ.", "Date expected: DD/MM/YYYY or YYYY-MM-DD.")
    if asked and form.ok:
        portrait = Portrait.of(
            family=form.get("nom"),
            given=form.get("prenoms"),
            born=_iso(born),
            place=form.get("lieu"),
            postcode=form.get("postal"),
        )
        candidates = await actions.match(index, portrait, count=30, by=page.actor, trace=trace_of(page, "match"))
        found = [
            {
                "person": one.record.person,
                "name": name_of(one.record),
                "birth": one.record.portrait.birth,
                "domain": domain_of(one.record),
                "grade": page.text(f"grade.{one.grade}"),
                "tone": _TONES[one.grade],
                "percent": percent(one.score),
                "agrees": ", ".join(
                    f"{f.label.to(page.language)} : {f.text.to(page.language)}" for f in one.comparison.findings
                ),
            }
            for one in candidates
        ]
    return page.render(
        "find.html", status=200 if form.ok else 422, form=form, found=found, asked=asked and form.ok, labels={}
    )


def _iso(text: str) -> str:
    """DD/MM/YYYY as YYYY-MM-DD; anything else as it is."""
    parts = text.split("/")
    return "-".join(reversed(parts)) if len(parts) == 3 and len(parts[2]) == 4 else text
