"""`$export`: the kick-off, at the three levels of the Bulk Data Access IG. What it does is in `kernel.bulk`.

Where the work is followed and the files are fetched is no FHIR interaction: foundations/interoperability/api.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import Final

import orjson

from socle.kernel.audit import Trace
from socle.kernel.bulk import desk
from socle.kernel.bulk.asked import PARAMETERS, Level, understood
from socle.kernel.bulk.hands import Making
from socle.kernel.bulk.reading import RULE
from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Issue, Kind, Language, Problem, Text, operation_outcome
from socle.kernel.policy import Actor, Means, Permission, decide
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.endpoint import Call, Endpoint, Interaction, Operation
from socle.kernel.rest.fields import language
from socle.kernel.search.repository import Repository
from socle.kernel.store import Change, Put, Store, Stored, Unit

PATH: Final = "/bulk"  # of the house, for status and files: `/bulk/<id>`, `/bulk/<id>/<file>`
_DEFINITION: Final = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
_TEXT: Final = Text(
    "Exporte en NDJSON, en tâche de fond (Bulk Data Access).",
    "Exports as NDJSON, in the background (Bulk Data Access).",
)

Draw = Callable[[], str]


def draw_id() -> str:
    """32 hexadecimal digits that nobody guesses."""
    return token_hex(16)


@dataclass(frozen=True, slots=True)
class Admitting:
    """What a server asks of a line of an import (`kernel.bulk.load.Rules`): what it asks of the same write by REST, by the same
    actor: the interaction is offered on that type, and the register's own rule lets the change through.
    """

    endpoint: Endpoint
    repository: Repository

    def check(self, resource_type: str, id: str) -> None:
        """Raises: Problem(INVALID) when REST offers no such write."""
        interaction: Interaction = "update" if id else "create"
        if not self.endpoint.offers(interaction, resource_type):
            raise Problem.of(
                Kind.INVALID,
                f"Ce serveur n'offre pas « {interaction} » sur « {resource_type} » : en masse non plus.",
                f"This server does not offer “{interaction}” on “{resource_type}”: neither does it in bulk.",
                expression=resource_type or "resourceType",
                rule=RULE,
                code="not-supported",
            )

    def judges(self, resource_type: str) -> bool:
        """Whether the register has a rule on that type."""
        return self.endpoint.admits(resource_type)

    async def judge(self, put: Put, current: Stored | None, trace: Trace) -> Change:
        """The change as the register's rule lets it through. Raises: Problem."""
        if self.endpoint.admit is None:
            return put
        by = Actor(trace.who, trace.name, frozenset(trace.role.split()), Means(trace.means), trace.structure)
        return await self.endpoint.admit(put, current, Call(by, trace, self.repository, put.type, put.id))


def making_of(endpoint: Endpoint, repository: Repository) -> Making | None:
    """How another process makes this register and what it asks of a line; None when it cannot."""
    if endpoint.again is None or endpoint.register.through is not None:
        return None
    return partial(_made, endpoint.again, repository.bases)


def _made(again: Callable[[], Endpoint], bases: tuple[str, ...], store: Store) -> tuple[Repository, Admitting]:
    endpoint = again()
    repository = Repository(endpoint.register, store, r4(), bases)
    return repository, Admitting(endpoint, repository)


def check_may_import(by: Actor, endpoint: Endpoint) -> str:
    """The ground on which `by` may import there: whoever may not write one resource may not write many.

    Raises: Problem(FORBIDDEN | UNAUTHENTICATED); Problem(NOT_FOUND) when the server takes no import.
    """
    refused = Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED
    if endpoint.imports is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"« {endpoint.register.name} » ne prend pas d'import en masse.",
            f"“{endpoint.register.name}” takes no import in bulk.",
            rule=RULE,
        )
    decide(by, endpoint.write).or_raise(refused)
    decision = decide(by, endpoint.imports)
    decision.or_raise(refused)
    return decision.reason if decision.allowed else ""


def export_operations(permission: Permission, held: Collection[str], *, draw: Draw = draw_id) -> tuple[Operation, ...]:
    """`$export`, `Patient/$export` and `Group/[id]/$export`, as far as a register holds these types."""

    def one(name: str, level: Level, at: str, types: tuple[str, ...]) -> Operation:
        return Operation(
            "export",
            _TEXT,
            permission,
            _kick_off(level, draw),
            at,  # type: ignore[arg-type] # one of three literals
            types,
            (*PARAMETERS, "includeAssociatedData"),
            writes=False,  # a GET may ask for it
            definition=f"{_DEFINITION}/{name}",
        )

    return (
        one("export", "system", "system", ()),
        *([one("patient-export", "patient", "type", ("Patient",))] if "Patient" in held else []),
        *([one("group-export", "group", "instance", ("Group",))] if "Group" in held else []),
    )


def _kick_off(level: Level, draw: Draw) -> Callable[[Call], Awaitable[Answer]]:
    async def kick_off(call: Call) -> Answer:
        """202 with Content-Location: where to follow the work. Raises: Problem."""
        if not call.later:
            raise Problem.of(
                Kind.INVALID,
                "Un export se fait en tâche de fond : ajoutez l'en-tête « Prefer: respond-async ».",
                "An export runs in the background: add the header “Prefer: respond-async”.",
                rule="FHIR Bulk Data Access 2.0.0 export.html#headers",
            )
        repository = call.repository
        group = call.resource_id if level == "group" else ""
        if group:
            stored = await repository.read("Group", group)
            if stored is None or stored.deleted:
                raise Problem.of(Kind.NOT_FOUND, "Ce groupe n'existe pas.", "This group does not exist.")
        export = understood(level, group, call.parameters, call.body, repository, call.now)
        await desk.check_room(repository.store, call.actor.id)
        id = draw()
        rows, event = desk.place(id, "export", repository.register.name, call.url, export.to_json(), call.trace)
        await repository.store.commit(Unit((), call.trace, [event], rows))
        return accepted(call.origin, id, language(call.spoken))

    return kick_off


def accepted(origin: str, id: str, spoken: Language) -> Answer:
    """202: the work is on the table, and where to follow it, in the language of whoever asked."""
    where = f"{origin}{PATH}/{id}"
    said = Issue(Text(f"Accepté. Suivez-le à {where}.", f"Accepted. Follow it at {where}."), severity="information")
    answer = Answer(202, orjson.dumps(operation_outcome((said,), spoken)), entities=(f"bulk/{id}",))
    answer.headers.append((b"content-location", where.encode("latin-1")))
    return answer


__all__ = ["PATH", "Admitting", "accepted", "check_may_import", "draw_id", "export_operations", "making_of"]
