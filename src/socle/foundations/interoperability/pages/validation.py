"""`/interoperability/validate`: paste a resource or give files; what is wrong is shown on the text itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from starlette.datastructures import UploadFile
from starlette.responses import Response

from socle.foundations.interoperability.actions import validation as actions
from socle.foundations.interoperability.rules.marked import TONES, counted, marked
from socle.kernel.fhir.validation import Judged, Source, sources
from socle.kernel.module import House
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.pages import Form, Handler, Page

PATH: Final = "/interoperability/validate"
LARGEST: Final = 10_000_000  # octets of what is sent
MOST: Final = 500  # texts judged in one go: a page is waited for
LISTED: Final = 100  # texts in the table
DETAILED: Final = 10  # texts shown with their issues
SAMPLE: Final = """{
  "resourceType": "Patient",
  "identifier": [{ "system": "urn:oid:1.2.250.1.213.1.4.10", "value": "2840271234567 89" }],
  "name": [{ "use": "official", "family": "MARTIN", "given": ["Dominique", "Aimée"] }],
  "gender": "femme",
  "birthDate": "1955-06-31",
  "contact": [{ "relationship": [{ "text": "sœur" }] }]
}"""


@dataclass(frozen=True, slots=True)
class _Row:
    """A text in the table."""

    name: str
    valid: bool
    counts: tuple[int, int, int]


def show(house: House) -> Handler:
    """The empty form, with a resource that has faults to try it on."""

    async def handle(page: Page) -> Response:
        form = Form({"resource": [SAMPLE], "profile": [page.query("profile")]})
        return await _page(house, page, form, None)

    return handle


def receive(house: House) -> Handler:
    """The form again, with the verdict."""

    async def handle(page: Page) -> Response:
        form = await page.form(most_bytes=LARGEST, most_files=MOST)
        texts = await _texts(page, form)
        profile = form.get("profile")
        if form.ok:
            try:
                judged = await actions.judge(
                    house, texts, profiles=[profile] if profile else [], now=page.now, language=page.language
                )
            except Problem as problem:
                form.absorb(problem, {"profile": "profile"})
        if not form.ok:
            return await _page(house, page, form, None, status=422)
        return await _page(house, page, form, judged)

    return handle


async def _page(
    house: House, page: Page, form: Form, judged: Sequence[Judged] | None, *, status: int = 200
) -> Response:
    found = rows = None
    good = 0
    if judged is not None:
        worst_first = sorted(judged, key=lambda one: one.report.valid)  # stable: those with errors, then the others
        found = [marked(one) for one in worst_first[:DETAILED]]
        rows = [_Row(one.source.name, one.report.valid, counted(one)) for one in worst_first[:LISTED]]
        good = sum(one.report.valid for one in judged)
    return page.render(
        "validate.html",
        status=status,
        form=form,
        found=found,
        rows=rows,
        total=len(judged or ()),
        good=good,
        tones=TONES,
        profiles=await actions.profiles(house),
    )


async def _texts(page: Page, form: Form) -> list[Source]:
    """What is to be judged: the files when there are some, else what was pasted. What is wrong goes to the form."""
    fields = await page.request.form()
    field = "file"
    sent = [one for one in fields.getlist("file") if isinstance(one, UploadFile) and one.filename]
    given = [(one.filename or "", await one.read()) for one in sent]
    await page.request.close()  # what was uploaded is in memory now
    if not given:
        field, given = "resource", [(page.text("validate.pasted"), form.get("resource").encode())]
    if not any(data for _, data in given):
        form.require("resource")
        return []
    texts: list[Source] = []
    try:
        for source in chain.from_iterable(sources(name, data) for name, data in given):
            texts.append(source)
            if len(texts) > MOST:
                raise Problem.of(
                    Kind.TOO_LARGE,
                    f"Plus de {MOST} textes : « socle validate » en vérifie autant que vous voulez.",
                    f"More than {MOST} texts: “socle validate” checks as many as you like.",
                    rule="SOCLE-VALIDATE-SIZE",
                )
    except Problem as problem:
        form.errors.setdefault(field, problem.issues[0])
    if not texts and form.ok:
        nothing = Text(
            "Rien à vérifier dans ce fichier : ni .json, ni .xml, ni .ndjson.",
            "Nothing to check in this file: no .json, .xml or .ndjson.",
        )
        form.errors[field] = Issue(nothing)
    return texts
