"""The `audit` step: what touches a person's data leaves an event, durable before the answer is sent.

Writes are traced by the store, in their own transaction (`Unit.trace`); this file traces what the store does not see:
reads, searches, histories, operations that only read, and refusals. One request on a personal type, one event.
"""

from collections.abc import Iterable, Sequence

from socle.kernel.audit import Action, Event, Outcome
from socle.kernel.outcome import Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange
from socle.kernel.store import Stored

_ACTIONS = {
    "create": Action.CREATE,
    "update": Action.UPDATE,
    "patch": Action.UPDATE,
    "delete": Action.DELETE,
    "operation": Action.EXECUTE,
    "search": Action.EXECUTE,
    "bundle": Action.EXECUTE,
}


async def audit(x: Exchange) -> None:
    """Record what a reading interaction showed."""
    if not x.personal or (x.operation is not None and x.operation.writes):
        return
    answer = x.answer
    assert answer is not None
    await x.server.store.record(shown(x, answer))


def shown(x: Exchange, answer: Answer) -> Event:
    """The event of an answer that shows a person's data."""
    stored = answer.stored
    if stored is not None:
        entities: Sequence[str] = (f"{stored.type}/{stored.id}/_history/{stored.version}",)
        concerns: Sequence[str] = (stored.subject,) if stored.subject else ()
    else:
        entities, concerns = answer.entities, answer.concerns
    return Event(
        x.trace, _ACTIONS.get(x.column, Action.READ), Outcome.SUCCESS, tuple(entities), tuple(concerns), x.query
    )


def met(x: Exchange, stored: Stored) -> Event:
    """The event of a conditional create that found the resource: nothing is written, but it is shown."""
    return Event(
        x.trace,
        Action.READ,
        Outcome.SUCCESS,
        (f"{stored.type}/{stored.id}/_history/{stored.version}",),
        (stored.subject,) if stored.subject else (),
        x.headers.get("if-none-exist", ""),
    )


def refused(x: Exchange, problem: Problem) -> Event:
    """The event of a request that was refused, or that failed. It names the rule, never what lies behind."""
    if not x.ground:
        x.ground = "refused"
    status = problem.kind.status
    rules = " ".join(dict.fromkeys(issue.rule for issue in problem.issues if issue.rule))
    target = f"{x.type}/{x.id}" if x.id else x.type
    return Event(
        x.trace,
        _ACTIONS.get(x.column, Action.READ),
        Outcome.FAILED if status >= 500 else Outcome.REFUSED,
        (target,) if target else (),
        (target,) if x.id and x.type == "Patient" else (),
        x.query,
        f"{status} {problem.kind.name} {rules}".rstrip(),
    )


def touched(resources: Iterable[Stored]) -> tuple[list[str], list[str]]:
    """The references of some resources, and of the persons that they concern."""
    entities: list[str] = []
    concerns: dict[str, None] = {}
    for stored in resources:
        holder = stored.id.partition("#")[0]  # of a resource shown by itself that is contained in another
        entities.append(f"{stored.type}/{holder}/_history/{stored.version}")
        if stored.subject:
            concerns[stored.subject] = None
    return entities, list(concerns)
