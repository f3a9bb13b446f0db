"""One file per FHIR interaction; `HANDLERS` says which file answers which column of the pipeline's table."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.interactions.bundle import bundle
from socle.kernel.rest.interactions.capabilities import capabilities
from socle.kernel.rest.interactions.create import create
from socle.kernel.rest.interactions.delete import delete
from socle.kernel.rest.interactions.history import history
from socle.kernel.rest.interactions.operation import operation
from socle.kernel.rest.interactions.patch import patch
from socle.kernel.rest.interactions.read import read
from socle.kernel.rest.interactions.search import search
from socle.kernel.rest.interactions.update import update
from socle.kernel.rest.interactions.vread import vread

HANDLERS: Final[Mapping[str, Callable[[Exchange], Awaitable[Answer]]]] = {
    "read": read,
    "vread": vread,
    "search": search,
    "history": history,
    "create": create,
    "update": update,
    "patch": patch,
    "delete": delete,
    "bundle": bundle,
    "operation": operation,
    "capabilities": capabilities,
}
