"""The resources of the register that a resource refers to, for its validation.

Each is read by a request of its own, permitted and traced as if it had come alone. Only what the resource names itself is
followed, in its current version; not what those resources refer to in their turn.
"""

import asyncio
from typing import Any, Final

from socle.kernel.fhir import json
from socle.kernel.outcome import Problem
from socle.kernel.rest.endpoint import Call
from socle.kernel.search.types.reference import local

Json = dict[str, Any]
MOST: Final = 100  # resources that one validation reads


class Referred:
    """What the references of one resource lead to, as the caller may read it. See `kernel.fhir.knowledge.Targets`."""

    def __init__(self, call: Call, resource: Json) -> None:
        self._call = call
        self._bases = (*call.repository.bases, call.base)
        self._types = frozenset(call.repository.register.types)
        # Who does not see all of a resource cannot tell whether it conforms.
        follows = call.ask is not None and (call.sight is None or call.sight.whole)
        self._named = _references(resource) if follows else frozenset()
        self._known: dict[str, Json | None] = {}
        self._noted: dict[str, tuple[str, str]] = {}
        self._left = MOST

    def of(self, reference: str) -> Json | None:
        """The resource; None when it is not there, or not at hand yet (then it was noted)."""
        if reference in self._known or reference not in self._named:
            return self._known.get(reference)
        found = local(reference, self._bases)
        if found is not None and found[0] in self._types and self._left > 0:
            self._left -= 1
            self._noted[reference] = found
        self._known[reference] = None
        return None

    async def fetch(self) -> bool:
        """Bring what was noted. True when something new is at hand."""
        noted, self._noted = self._noted, {}
        found = await asyncio.gather(*(self._read(*one) for one in noted.values()))
        self._known |= dict(zip(noted, found, strict=True))
        return any(one is not None for one in found)

    async def _read(self, type_: str, id_: str) -> Json | None:
        assert self._call.ask is not None
        try:
            read: Json = json.parse((await self._call.ask(f"{type_}/{id_}")).body)
        except Problem:  # not there, or not for this caller
            return None
        return read


def _references(resource: Json) -> frozenset[str]:
    """Every `reference` that a resource holds, those of versions left out."""
    out = set()
    waiting: list[Any] = [resource]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            text = one.get("reference")
            if isinstance(text, str) and "/_history/" not in text:
                out.add(text)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return frozenset(out)
