"""What may be written directly: each change that comes by REST is judged, and rewritten as this register keeps it."""

from dataclasses import replace

from socle.foundations.ins import actions
from socle.foundations.ins.api.operations import desk_of
from socle.kernel.fhir import json
from socle.kernel.rest.endpoint import Call
from socle.kernel.store import Change, Delete, Stored


async def admit(change: Change, current: Stored | None, call: Call) -> Change:
    """The change to commit. Raises: Problem(INVALID | RULE_VIOLATED) naming the rule and the operation to use
    instead.
    """
    desk = desk_of(call)
    before = (await desk.identities.dossiers([current]))[0] if current is not None else None
    if isinstance(change, Delete):
        actions.admit_deletion(before, call.trace)
        return change
    previous = json.parse(current.body) if current is not None else None
    put = actions.admit(desk, change.resource, before, previous, id=change.id, expect=change.expect, now=call.trace.at)
    return replace(put, fresh=change.fresh)
