"""Reports of anomalies: taken in, answered."""

from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.anomaly import StatutAnomalie
from socle.foundations.care_offer.permissions import OWN, WRITE
from socle.foundations.care_offer.rules import anomalies as rules
from socle.foundations.care_offer.store.sight import reporter_of
from socle.kernel.audit import Trace
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.search.sight import Sight
from socle.kernel.store import ABSENT, Json, Stored, Unit

LONGEST: Final = 2_000  # characters of a description or an answer


async def admitted(
    task: Json, before: Json | None, repository: Repository, sight: Sight | None, *, by: Actor, at: datetime
) -> Json:
    """A report as it is kept: new, or further in its life.

    Raises: Problem(INVALID) for what is missing, Problem(NOT_FOUND) for an element that the reporter does not see,
    Problem(RULE_VIOLATED) for a passage that is not in the table.
    """
    if before is None:
        return await _new(task, repository, sight, by=by, at=at)
    return _further(task, before, by=by, at=at)


async def _new(task: Json, repository: Repository, sight: Sight | None, *, by: Actor, at: datetime) -> Json:
    faults = rules.faults(task)
    if faults:
        raise Problem(Kind.INVALID, *faults)
    await _focus(task, repository, sight, at)
    status = rules.status_of(task)
    assert status is not None
    inputs = [one for one in task["input"] if not _is_reporter(one)]
    reporter = {
        "type": {"coding": [{"system": names.TASK_INPUT, "code": "identifierRequester"}]},
        "valueIdentifier": {"system": names.ACTOR, "value": by.id},
    }
    return {**task, "status": rules.TASK[status], "intent": task.get("intent", "order"), "input": [*inputs, reporter]}


def _is_reporter(one: Json) -> bool:
    return any(coding.get("code") == "identifierRequester" for coding in one.get("type", {}).get("coding", ()))


async def _focus(task: Json, repository: Repository, sight: Sight | None, at: datetime) -> None:
    """The element must be there, for the reporter too. Raises: Problem(NOT_FOUND)."""
    focus = task["focus"]
    of, _, id = str(focus.get("reference", "")).partition("/")
    if id:
        stored = await repository.read(of, id) if of in repository.register.types else None
        found = [] if stored is None or stored.deleted else [stored]
    else:
        of = focus["type"]
        ids = await repository.find(of, [("identifier", focus["identifier"]["value"])], now=at, limit=1, sight=sight)
        found = await repository.store.read_many([(of, one) for one, _ in ids])
    seen = await sight.seen(repository, found) if sight is not None else found
    if not any(one is not None for one in seen):
        raise Problem(
            Kind.NOT_FOUND,
            Issue(
                Text(
                    "L'élément désigné par focus n'existe pas ici.",
                    "The element that focus designates does not exist here.",
                ),
                ("Task.focus",),
                rules.RULE,
            ),
        )


def _further(task: Json, before: Json, *, by: Actor, at: datetime) -> Json:
    was, now = rules.status_of(before), rules.status_of(task)
    if was is None or now is None:
        raise Problem.of(
            Kind.INVALID,
            "businessStatus est un code de TRE_R352-StatutMetierAnomalie.",
            "businessStatus is a code of TRE_R352-StatutMetierAnomalie.",
            expression="Task.businessStatus",
            rule=rules.RULE,
        )
    parties = _parties(before, by)
    if not parties:
        raise Problem.of(Kind.NOT_FOUND, "Cette anomalie n'existe pas ici.", "This report does not exist here.")
    if was is not now:
        rules.may_pass(was, now, parties).or_raise(Kind.RULE_VIOLATED)
    for element in ("focus", "code", "authoredOn", "input"):
        if task.get(element) != before.get(element):
            raise Problem.of(
                Kind.RULE_VIOLATED,
                f"« {element} » d'une anomalie ne change pas : annulez-la et signalez-en une autre.",
                f"“{element}” of a report does not change: cancel it and report another.",
                expression=f"Task.{element}",
                rule=rules.RULE,
            )
    return {**task, "status": rules.TASK[now], "lastModified": at.isoformat(timespec="seconds")}


def _parties(task: Json, by: Actor) -> frozenset[rules.Party]:
    parties: set[rules.Party] = set()
    if decide(by, OWN).allowed:
        parties.add("owner")
    if reporter_of(task) == by.id:
        parties.add("reporter")
    return frozenset(parties)


def passed(task: Json, to: StatutAnomalie, answer: str) -> Json:
    """A report moved to a state, with what the owner says."""
    notes: list[Any] = [*task.get("note", ())]
    if answer.strip():
        notes.append({"text": answer.strip()[:LONGEST]})
    return {**task, "businessStatus": _status(to), **({"note": notes} if notes else {})}


async def report(
    repository: Repository, focus: str, theme: str, description: str, sight: Sight | None, *, by: Actor, trace: Trace
) -> Stored:
    """Report an anomaly of an element: a new Task, to be handled. Raises: Problem(FORBIDDEN | INVALID | NOT_FOUND)."""
    decide(by, WRITE).or_raise(Kind.FORBIDDEN)
    moment = trace.at.isoformat(timespec="seconds")
    to = StatutAnomalie.A_TRAITER
    task = {
        "resourceType": "Task",
        "meta": {"profile": [names.PROFILES["Task"]]},
        "status": rules.TASK[to],
        "businessStatus": _status(to),
        "intent": "order",
        "code": {"coding": [{"system": names.ANOMALY_THEME, "code": theme, "display": _label(theme)}]},
        "description": description.strip()[:LONGEST],
        "focus": {"reference": focus},
        "authoredOn": moment,
        "lastModified": moment,
        "reasonCode": {"coding": [{"system": names.ANOMALY_ACTION, "code": "COR", "display": "Correction"}]},
        "input": [
            {
                "type": {"coding": [{"system": names.TASK_INPUT, "code": "systemRequester"}]},
                "valueString": "Socle",
            }
        ],
    }
    kept = await admitted(task, None, repository, sight, by=by, at=trace.at)
    put = repository.put(kept, id=str(uuid4()), expect=ABSENT, fresh=True)
    return (await repository.commit(Unit([put], trace)))[0]


async def answer(repository: Repository, id: str, to: StatutAnomalie, words: str, *, by: Actor, trace: Trace) -> Stored:
    """Move a report, with a word for its reporter.

    Raises: Problem(NOT_FOUND) for who may not see it, Problem(RULE_VIOLATED) for a passage that is not in the table,
    Problem(CONFLICT) when somebody else moved it meanwhile.
    """
    stored = await repository.read("Task", id)
    if stored is None or stored.deleted:
        raise Problem.of(Kind.NOT_FOUND, "Cette anomalie n'existe pas ici.", "This report does not exist here.")
    before = parse(stored.body)
    kept = _further(passed(before, to, words), before, by=by, at=trace.at)
    put = repository.put(kept, id=id, expect=stored.version)
    return (await repository.commit(Unit([put], trace)))[0]


def _status(to: StatutAnomalie) -> Json:
    return {"coding": [{"system": names.ANOMALY_STATUS, "code": to.value, "display": rules.LABELS[to].fr}]}


def _label(theme: str) -> str:
    return rules.THEMES[theme].fr if theme in rules.THEMES else theme
