"""`/interoperability/fhirpath`: try an expression on a resource, see what it finds and what trace() saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from socle.foundations.interoperability.actions.validation import tried
from socle.foundations.interoperability.rules.trial import MOST_STEPS, Finding, Trial
from socle.kernel.fhir.check import check
from socle.kernel.fhir.fhirpath import Items, results
from socle.kernel.fhir.fhirpath.steps import CONSTANT, Step
from socle.kernel.fhir.validation import read_text
from socle.kernel.module import House
from socle.kernel.outcome import Problem
from socle.kernel.pages import Form, Handler, Page

SAMPLE: Final = """{
  "resourceType": "Patient",
  "name": [
    { "use": "official", "family": "MARTIN", "given": ["Dominique", "Aimée"] },
    { "use": "usual", "given": ["Dom"] }
  ],
  "telecom": [
    { "system": "phone", "value": "+33 6 12 34 56 78" },
    { "system": "email", "value": "dominique.martin@example.fr" }
  ],
  "birthDate": "1955-06-13",
  "managingOrganization": { "reference": "Organization/ght-bretagne" }
}"""
EXAMPLES: Final = {
    "where": "name.where(use = 'official').given",
    "exists": "telecom.exists(system = 'email')",
    "date": "birthDate + 18 years <= today()",
    "select": "name.select(given.first() & ' ' & iif(family.exists(), family, '—'))",
    "trace": "name.given.trace('avant').where(length() > 3).trace('après').count()",
    "quantity": "1.5 'g' > 1200 'mg'",
}
_TIMES: Final = 5  # evaluations that a row of the steps shows


@dataclass(frozen=True, slots=True)
class Row:
    """An item as the page shows it."""

    type: str
    text: str


@dataclass(slots=True)
class Part:
    """A part of the expression: its text, what it found each time that it was evaluated (the first times), how often."""

    text: str
    founds: list[str]
    times: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as the page shows it."""

    place: str
    rows: list[Row]
    traces: list[tuple[str, list[Row]]]
    parts: list[Part]


async def show(page: Page) -> Response:
    """The empty form, with a person of the imagination; an example when one is asked for."""
    example = EXAMPLES.get(page.query("exemple"), EXAMPLES["where"])
    form = Form({"expression": [example], "resource": [SAMPLE]})
    return page.render("fhirpath.html", form=form, examples=EXAMPLES, found=None, unchecked=())


def receive(house: House) -> Handler:
    """The form again, with what was found or what is wrong."""

    async def serve(page: Page) -> Response:
        form = await page.form()
        form.require("expression", "resource")
        if form.ok:
            try:
                resource = read_text(form.get("resource").encode())
                check(resource)
            except Problem as problem:
                form.errors.setdefault("resource", problem.issues[0])
        if not form.ok:
            return page.render("fhirpath.html", form=form, examples=EXAMPLES, found=None, unchecked=(), status=422)
        trial = Trial(form.get("expression"), resource, form.get("context"), steps=True)
        try:
            findings = await tried(house, trial, now=page.now)
        except Problem as problem:
            form.errors.setdefault("expression", problem.issues[0])
            return page.render("fhirpath.html", form=form, examples=EXAMPLES, found=None, unchecked=(), status=422)
        found = [_shown(finding, trial.expression) for finding in findings.each]
        return page.render(
            "fhirpath.html",
            form=form,
            examples=EXAMPLES,
            found=found,
            unchecked=findings.unchecked,
            cut=MOST_STEPS if findings.cut else 0,
        )

    return serve


def _shown(finding: Finding, expression: str) -> Shown:
    traces = [(name, _rows(items)) for name, items in finding.traces]
    return Shown(finding.place, _rows(finding.items), traces, _parts(finding.steps, expression))


def _rows(items: Items) -> list[Row]:
    return [Row(results.type_name(item), results.text(item)) for item in items]


def _parts(steps: Sequence[Step], expression: str) -> list[Part]:
    """The parts of the expression that compute something, in the order of their evaluation."""
    parts: dict[tuple[int, int], Part] = {}
    for step in steps:
        if step.name == CONSTANT:
            continue
        start, end = step.whole
        part = parts.setdefault(step.whole, Part(" ".join(expression[start:end].split()), []))
        part.times += 1
        if part.times <= _TIMES:
            part.founds.append(results.line(step.found))
    return list(parts.values())
