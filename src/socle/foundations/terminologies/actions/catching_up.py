"""What headlines tell today and did not tell when they were written: added, from the resources, when the house starts."""

from typing import Final

from socle.foundations.terminologies.permissions import CONCEPTS
from socle.foundations.terminologies.rules import heads
from socle.foundations.terminologies.store import Held, writing
from socle.kernel.audit import Trace
from socle.kernel.fhir.json import parse

_GROUP: Final = 200  # resources read at once


async def catch_up(held: Held, trace: Trace) -> int:
    """Add to the headlines of value sets what each imports, where that is not told; how many."""
    snapshot = await held.snapshot()
    lacking = [
        one for one in snapshot.catalogue.by_id.values() if one.type == "ValueSet" and "imports" not in one.facts
    ]
    for start in range(0, len(lacking), _GROUP):
        group = lacking[start : start + _GROUP]
        stored = await held.repository.store.read_many([("ValueSet", one.id) for one in group])
        told = {one.id: heads.imports(parse(one.body)) for one in stored if not one.deleted}
        pairs = [(one, {**one.facts, "imports": told[one.id]}) for one in group if one.id in told]
        held.changed()
        await held.database.write(CONCEPTS, writing.retold(pairs), trace)
        held.changed()
    return len(lacking)
