"""The searches of the SAS, exactly: what must be there, what may, and nothing else.

Source: ans.fhir.fr.sas 1.2.0, « Recherche de créneaux » for professionals (individual), CPTS and SOS Médecins. The longest
window and the most slots in one answer are ours.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from socle.foundations.care_offer.agenda.model import IDNPS, IDNST, ZONE, numero_ps, numero_structure
from socle.kernel.outcome import Issue, Kind, Problem, Text

WINDOW: Final = timedelta(days=31)
MOST_PROFESSIONALS: Final = 25
MOST_ASSOCIATIONS: Final = 10
MOST_SLOTS: Final = 1_000
RULE: Final = "SAS-RECHERCHE"
_MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?", re.ASCII
)
Pairs = Sequence[tuple[str, str]]


class Form(StrEnum):
    """The three forms; their value is the name of the answer's profile."""

    INDIVIDUAL = "http://sas.fr/fhir/StructureDefinition/BundleAgregateur"
    CPTS = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/sas-cpts-bundle-aggregator"
    SOS = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/sas-sos-bundle-aggregator"


@dataclass(frozen=True, slots=True)
class Question:
    """A search of the SAS, understood.

    numbers   national identifiers with their prefix: professionals, or structures for SOS
    includes  what goes with the slots: the values of _include and _revinclude
    count     slots in one answer
    """

    form: Form
    start: datetime
    end: datetime
    numbers: tuple[str, ...]
    includes: frozenset[str]
    count: int = MOST_SLOTS


_INDIVIDUAL_INCLUDES: Final = frozenset({"Slot:schedule", "Schedule:actor"})
_CPTS_INCLUDES: Final = frozenset({"Slot:service-type-reference", "HealthcareService:organization"})
_SOS_INCLUDES: Final = frozenset(
    {"Slot:schedule", "Schedule:actor:Location", "Schedule:actor", "Location:organization"}
)
_SHAPES: Final = ("_include", "_include:iterate", "_revinclude", "_revinclude:iterate", "_count", "_total")


@dataclass(frozen=True, slots=True)
class _Names:
    start: str
    status: str
    actor: str
    most: int
    system: str
    number: Callable[[str], str]
    includes: frozenset[str]


_BY_TYPE: Final = {
    "Slot": _Names("start", "status", "schedule.actor:Practitioner.identifier", MOST_PROFESSIONALS, IDNPS, numero_ps,
                   _INDIVIDUAL_INCLUDES | _CPTS_INCLUDES),
    "Schedule": _Names("_has:Slot:schedule:start", "_has:Slot:schedule:status", "actor:Location.organization.identifier",
                       MOST_ASSOCIATIONS, IDNST, numero_structure, _SOS_INCLUDES),
}  # fmt: skip


def is_form(resource_type: str, parameters: Pairs) -> bool:
    """Whether a search must be one of the forms: every search of slots; of schedules, one that speaks of slots."""
    if resource_type == "Slot":
        return True
    return resource_type == "Schedule" and any(
        name.startswith(("_has", "_revinclude", "_include")) or "." in name for name, _ in parameters
    )


def question(resource_type: str, parameters: Pairs) -> Question:
    """The question that `parameters` ask of `resource_type` ("Slot" or "Schedule").

    Raises: Problem(INVALID) with one issue for each thing that is wrong; Problem(TOO_COSTLY) for too long a window.
    """
    names, issues = _BY_TYPE[resource_type], list[Issue]()
    _unknown(names, parameters, issues)
    low = _bound(names.start, "ge", parameters, issues)
    high = _bound(names.start, "le", parameters, issues)
    _status(names.status, parameters, issues)
    numbers = _numbers(names, parameters, issues)
    includes = _includes(names, parameters, issues)
    count = _count(parameters, issues)
    if low and high and high < low:
        issues.append(
            _issue(names.start, "la borne « le » précède la borne « ge »", "the bound “le” precedes the bound “ge”")
        )
    if issues or low is None or high is None:
        raise Problem(Kind.INVALID, *issues)
    check_window(low, high, names.start)
    form = Form.SOS if resource_type == "Schedule" else Form.CPTS if includes & _CPTS_INCLUDES else Form.INDIVIDUAL
    return Question(form, low, high, numbers, includes, count)


def check_window(start: datetime, end: datetime, parameter: str = "start") -> None:
    """That a search does not look too far. Raises: Problem(TOO_COSTLY) that says the limit."""
    if end - start > WINDOW:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"La fenêtre est trop longue : {WINDOW.days} jours au plus entre les deux bornes. Cherchez en plusieurs fois.",
            f"The window is too long: {WINDOW.days} days at most between the two bounds. Search in several times.",
            expression=f"http.{parameter}",
            rule="AGD-FENETRE",
        )


def moment(text: str, *, end: bool = False) -> datetime | None:
    """A date or a moment of FHIR, aware; a day begins or ends (`end`) in Paris. None when it is none."""
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    day, clock, offset = found.groups()
    try:
        if clock is None:
            whole = datetime.combine(datetime.fromisoformat(day), time.max if end else time.min)
            return whole.replace(tzinfo=ZONE)
        read = datetime.fromisoformat(f"{day}T{clock[:15]}{offset or ''}")
        return read if read.tzinfo else read.replace(tzinfo=ZONE)
    except ValueError:
        return None


def _unknown(names: _Names, parameters: Pairs, issues: list[Issue]) -> None:
    known = (names.start, names.status, names.actor, *_SHAPES)
    for name in dict.fromkeys(name for name, _ in parameters if name not in known):
        listed = ", ".join(known)
        issues.append(_issue(
            name[:80],
            f"ce paramètre n'est pas de cette recherche ; les siens : {listed}",
            f"this parameter is not of this search; its own: {listed}",
            code="not-supported",
        ))  # fmt: skip


def _bound(name: str, prefix: str, parameters: Pairs, issues: list[Issue]) -> datetime | None:
    given = [value for key, value in parameters if key == name]
    mine = [value[2:] for value in given if value[:2] == prefix]
    if prefix == "ge":
        issues += [
            _issue(name, f"« {value[:40]} » : écrivez ge… et le…", f"“{value[:40]}”: write ge… and le…")
            for value in given
            if value[:2] not in ("ge", "le")
        ]
    if len(mine) != 1:
        issues.append(_issue(
            name,
            f"il faut une borne « {prefix} » et une seule ({len(mine)} reçue(s)), par exemple "
            f"{name}={prefix}2026-06-12T16:00:00+02:00",
            f"one bound “{prefix}” and one only is needed ({len(mine)} received), for instance "
            f"{name}={prefix}2026-06-12T16:00:00+02:00",
            code="required" if not mine else "invalid",
        ))  # fmt: skip
        return None
    # a "+" that nobody escaped is a blank by now
    found = moment(mine[0].replace(" ", "+"), end=prefix == "le")
    if found is None:
        issues.append(_issue(name, f"« {mine[0][:40]} » n'est pas une date FHIR", f"“{mine[0][:40]}” is no FHIR date"))
    return found


def _status(name: str, parameters: Pairs, issues: list[Issue]) -> None:
    given = [value for key, value in parameters if key == name]
    if given != ["free"]:
        issues.append(_issue(
            name,
            "le SAS ne cherche que des créneaux libres : donnez « free », une fois",
            "the SAS only searches free slots: give “free”, once",
            code="value" if given else "required",
        ))  # fmt: skip


def _numbers(names: _Names, parameters: Pairs, issues: list[Issue]) -> tuple[str, ...]:
    given = [one.strip() for key, value in parameters if key == names.actor for one in value.split(",") if one.strip()]
    if not 1 <= len(given) <= names.most:
        issues.append(_issue(
            names.actor,
            f"donnez de 1 à {names.most} identifiants ({len(given)} reçu(s))",
            f"give 1 to {names.most} identifiers ({len(given)} received)",
            code="required" if not given else "too-costly",
        ))  # fmt: skip
        return ()
    found: dict[str, None] = {}
    for one in given:
        system, bar, value = one.rpartition("|")
        if not bar or system != names.system:
            issues.append(_issue(
                names.actor,
                f"« {one[:60]} » : écrivez {names.system}|identifiant",
                f"“{one[:60]}”: write {names.system}|identifier",
            ))  # fmt: skip
            continue
        try:
            found[names.number(value)] = None
        except Problem as problem:
            issues += [Issue(issue.text, (f"http.{names.actor}",), issue.rule, "value") for issue in problem.issues]
    return tuple(found)


def _includes(names: _Names, parameters: Pairs, issues: list[Issue]) -> frozenset[str]:
    found = set()
    for key, value in parameters:
        if key.split(":")[0] not in ("_include", "_revinclude"):
            continue
        # the guide writes both Location:organization and Location:Organization
        known = "Location:organization" if value == "Location:Organization" else value
        if known not in names.includes:
            listed = ", ".join(sorted(names.includes))
            issues.append(_issue(
                key, f"« {value[:60]} » n'est pas de cette recherche ; les siens : {listed}",
                f"“{value[:60]}” is not of this search; its own: {listed}", code="not-supported"
            ))  # fmt: skip
        found.add(known)
    return frozenset(found)


def _count(parameters: Pairs, issues: list[Issue]) -> int:
    given = [value for key, value in parameters if key == "_count"]
    if not given:
        return MOST_SLOTS
    if len(given) > 1 or not (given[0].isascii() and given[0].isdigit() and len(given[0]) < 10):
        issues.append(_issue("_count", "un nombre, une fois", "a number, once"))
        return MOST_SLOTS
    return min(int(given[0]), MOST_SLOTS)


def _issue(parameter: str, fr: str, en: str, *, code: str = "value") -> Issue:
    return Issue(
        Text(f"Paramètre « {parameter} » : {fr}.", f"Parameter “{parameter}”: {en}."),
        (f"http.{parameter}",),
        RULE,
        code,
    )
