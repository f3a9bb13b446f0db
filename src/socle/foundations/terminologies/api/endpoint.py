"""What the terminology service offers over FHIR, as data."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from socle.foundations.terminologies import actions
from socle.foundations.terminologies.api import operations as ops
from socle.foundations.terminologies.api import validating
from socle.foundations.terminologies.api.capabilities import capabilities
from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.permissions import CLOSE, IMPORT, READ, REGISTER, WRITE
from socle.foundations.terminologies.rules.heads import TYPES
from socle.foundations.terminologies.store import Held
from socle.kernel.outcome import Text
from socle.kernel.rest.endpoint import Call, Endpoint, Operation
from socle.kernel.search.register import Register
from socle.kernel.store import Change, Stored

BASE: Final = "/terminologies/fhir"


async def admit(change: Change, current: Stored | None, call: Call) -> Change:
    """The register's own rule: a resource comes in with its concepts, or not at all."""
    return await actions.admit(Held.at(call.repository), change, current, trace=call.trace)


@dataclass(frozen=True, slots=True)
class _Shape:
    text: Text
    types: tuple[str, ...]
    definition: str


def _both(
    name: str, shape: _Shape, handler: Callable[[Call], Awaitable[Json]], parameters: tuple[str, ...]
) -> tuple[Operation, Operation]:
    """An operation on a type, and the same on one resource."""
    made = [
        Operation(
            name=name,
            text=shape.text,
            permission=READ,
            handler=handler,
            level=level,
            types=shape.types,
            parameters=parameters,
            writes=False,
            definition=shape.definition,
        )
        for level in ("type", "instance")
    ]
    return made[0], made[1]


_DEFINED: Final = "http://hl7.org/fhir/OperationDefinition/"

OPERATIONS: Final = (
    *_both(
        "lookup",
        _Shape(
            Text("Tout savoir d'un code", "Know everything of a code"), ("CodeSystem",), f"{_DEFINED}CodeSystem-lookup"
        ),
        ops.lookup,
        ops.LOOKUP,
    ),
    *_both(
        "subsumes",
        _Shape(
            Text("Dire lequel de deux codes englobe l'autre", "Tell which of two codes is the broader"),
            ("CodeSystem",),
            f"{_DEFINED}CodeSystem-subsumes",
        ),
        ops.subsumes,
        ops.SUBSUMES,
    ),
    *_both(
        "validate-code",
        _Shape(
            Text("Vérifier un code", "Check a code"),
            ("CodeSystem", "ValueSet"),
            f"{_DEFINED}ValueSet-validate-code",
        ),
        validating.validate_code,
        validating.VALIDATE,
    ),
    Operation(
        name="batch-validate-code",
        text=Text("Vérifier plusieurs codes", "Check several codes"),
        permission=READ,
        handler=validating.batch_validate_code,
        types=("CodeSystem", "ValueSet"),
        writes=False,
    ),
    *_both(
        "expand",
        _Shape(Text("Énumérer un jeu de valeurs", "List a value set"), ("ValueSet",), f"{_DEFINED}ValueSet-expand"),
        ops.expand,
        ops.EXPAND,
    ),
    *_both(
        "translate",
        _Shape(
            Text("Traduire un code d'un système dans un autre", "Translate a code from one system to another"),
            ("ConceptMap",),
            f"{_DEFINED}ConceptMap-translate",
        ),
        ops.translate,
        ops.TRANSLATE,
    ),
    Operation(
        name="closure",
        text=Text("Tenir la hiérarchie de codes que l'on rencontre", "Keep the hierarchy of codes as one meets them"),
        permission=CLOSE,
        handler=ops.closure,
        level="system",
        writes=True,
        definition=f"{_DEFINED}ConceptMap-closure",
    ),
)

ENDPOINT: Final = Endpoint(
    register=Register(name=REGISTER, types=TYPES, personal=frozenset(), apart=True),
    base=BASE,
    title=Text("Terminologies", "Terminologies"),
    read=READ,
    write=WRITE,
    read_public=READ,
    operations=OPERATIONS,
    admit=admit,
    imports=IMPORT,
    terminology=capabilities,
)
