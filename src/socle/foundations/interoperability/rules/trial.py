"""A FHIRPath expression tried on a resource: what is asked, what is found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from socle.kernel.fhir.fhirpath import Environment, Items, compiled, resource_item
from socle.kernel.fhir.fhirpath.steps import Step, by_steps
from socle.kernel.outcome import Kind, Problem

Json = dict[str, Any]

BUDGET: Final = 200_000  # items that a trial may go through: it is open to everybody
MOST: Final = 5_000  # items of an answer
MOST_STEPS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What is asked.

    context  an expression too; the main one is then evaluated on each item that it finds
    steps    whether each step is told
    """

    expression: str
    resource: Json
    context: str = ""
    variables: Mapping[str, Items] = field(default_factory=dict)
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one context: its place ("" for the whole resource), the items, what trace() saw, the steps, all
    in order.
    """

    place: str
    items: Items
    traces: list[tuple[str, Items]]
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything; what could not be checked because nothing here knows it; whether there were more steps than are told."""

    each: list[Finding]
    unchecked: tuple[str, ...]
    cut: bool = False


def evaluated(trial: Trial, environment: Environment) -> Findings:
    """What the expression finds. environment: of the trial's resource.

    Raises: Problem(INVALID | TOO_COSTLY) with the position in the expression.
    """
    focus = resource_item(trial.resource)
    environment.variables = trial.variables
    contexts = [("", focus)]
    if trial.context:
        found = compiled(trial.context, focus[0][0]).find(focus, environment)
        contexts = [(f"{trial.context}[{number}]", [item]) for number, item in enumerate(found)]
    each: list[Finding] = []
    left, told = MOST, _Told()
    for place, items in contexts:
        traces: list[tuple[str, Items]] = []
        environment.trace = lambda name, seen, kept=traces: kept.append((name, seen))
        type_ = items[0][0]
        told.steps = []
        if trial.steps:
            answer = by_steps(trial.expression, type_, told.note)(items, environment)
        else:
            answer = compiled(trial.expression, type_).find(items, environment)
        each.append(Finding(place, answer, traces, told.steps))
        left -= len(answer) + sum(1 + len(seen) for _, seen in traces)
        if left < 0:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"L'expression trouve plus de {MOST} éléments ; choisissez-en avec take(…) ou where(…).",
                f"The expression finds more than {MOST} items; choose among them with take(…) or where(…).",
                rule="SOCLE-FHIRPATH-SIZE",
            )
    return Findings(each, tuple(environment.unchecked), told.cut)


class _Told:
    """The steps of one context after the other, no more in all than an answer may hold."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.left, self.items = MOST_STEPS, MOST
        self.cut = False

    def note(self, step: Step) -> None:
        self.items -= len(step.this) + len(step.focus) + len(step.found)
        self.cut = self.cut or self.left <= 0 or self.items < 0
        if not self.cut:
            self.left -= 1
            self.steps.append(step)
