"""References inside a transaction: placeholders become the ids that were drawn, criteria the resource that they find.

Source: FHIR R4 http.html#trules, bundle.html#references.
"""

import asyncio
import re
from collections.abc import Iterator
from string import ascii_uppercase
from typing import Any, Final

from socle.kernel.fhir.references import URNS, UUID, references, rewrite
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.conditional import Ask, Criteria, find_all
from socle.kernel.rest.entries import located
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.transacted import Part
from socle.kernel.store import Json

_CONDITIONAL: Final = re.compile(r"([A-Z][A-Za-z]{2,63})\?(.+)", re.DOTALL)
_QUESTION: Final = re.compile(rb'"[A-Z][A-Za-z]{2,63}\?')
_RELATIVE: Final = re.compile(r"([A-Z][A-Za-z]{2,63}/[A-Za-z0-9.-]{1,64})(/_history/[A-Za-z0-9.-]{1,64})?")
_RESTFUL: Final = re.compile(r"(?:(.*)/)?([A-Z][A-Za-z]{2,63}/[A-Za-z0-9.-]{1,64})(?:/_history/.*)?")


class Links:
    """What the references of one transaction become."""

    def __init__(self, x: Exchange, parts: list[Part], writes: list[Part]) -> None:
        self._x = x
        self._writes = writes
        self._targets: dict[str, str] = {}  # fullUrl → "Type/id", for what will not be found under its own name
        self._found: dict[str, str] = {}  # "Type?criteria" → "Type/id"
        self._escaped = b"\\u" in x.body  # then its octets do not tell what its texts hold
        for part in writes:
            name = f"{part.x.type}/{part.id}"
            if part.full_url and part.id and not part.full_url.endswith(f"/{name}") and part.full_url != name:
                self._targets[part.full_url] = name
        # What `resolved` may replace begins so: names of types, placeholders, what the entries are called.
        self._heads = frozenset(ascii_uppercase + "u").union(text[:1] for text in self._targets)
        self._known = self._all_known(parts)

    def _all_known(self, parts: list[Part]) -> bool:
        """Whether what may have to be replaced is in References that the check met: the rest need not be walked.

        So it is when the entries are called by UUIDs, and the body names none elsewhere (uris, narratives).
        """
        if self._escaped or not all(text.startswith(UUID) for text in self._targets):
            return False
        called = sum(part.full_url.startswith(UUID) for part in parts)
        met = sum(one["reference"].startswith(UUID) for part in parts for one in part.urns)
        return bool(called + met == self._x.body.count(UUID.encode()))

    async def look_up(self, ask: Ask | None) -> None:
        """Find what the conditional references designate, each once.

        Raises: Problem(PRECONDITION_FAILED) naming the place, when one designates nothing or several resources.
        """
        wanted: dict[str, Part] = {}

        def notice(text: str) -> None:
            if "?" in text and text not in self._found and _CONDITIONAL.fullmatch(text):
                wanted.setdefault(text, part)

        if not self._escaped and not _QUESTION.search(self._x.body):
            return
        for part in self._writes:
            if part.original is not None and part.x.column in ("create", "update") and part.there is None:
                rewrite(part.original, notice)  # a walk: it replaces nothing
        # The walk also meets uris that only look like one: what is looked up is in a Reference.
        places = {text: _place(part, text) for text, part in wanted.items()}
        criteria = {text: self._criteria(wanted[text], text) for text, place in places.items() if place}
        await find_all(self._x, list(criteria.values()), ask)
        if ask is None:
            await asyncio.gather(
                *(self._find(one, wanted[text], places[text], text, ask) for text, one in criteria.items())
            )
            return
        for text, one in criteria.items():  # one connection: one question at a time
            await self._find(one, wanted[text], places[text], text, ask)

    def _criteria(self, part: Part, text: str) -> Criteria:
        shape = _CONDITIONAL.fullmatch(text)
        assert shape is not None
        try:
            return Criteria(part.x, shape[2], of=shape[1])
        except Problem as problem:
            raise located(problem, part.at) from problem

    async def _find(self, criteria: Criteria, part: Part, expression: str, text: str, ask: Ask | None) -> None:
        try:
            found = await self._matching(criteria, ask)
            if len(found) != 1:
                raise _ambiguous(expression, bool(found))
        except Problem as problem:
            raise located(problem, part.at) from problem
        self._found[text] = f"{text.partition('?')[0]}/{found[0]}"

    async def _matching(self, criteria: Criteria, ask: Ask | None) -> list[str]:
        """What matches once the transaction is done: conditional references are resolved last. Source: #trules.

        What it writes is judged as it was sent, its own references unresolved; a patched resource as it was. Criteria that
        follow what it writes are refused.
        """
        written = [one for one in self._writes if one.there is None and one.id]
        acting = [one for one in written if one.x.type == criteria.type]
        criteria.refuse_followed((one.x.type for one in written), itself=True)
        if not acting:
            return await criteria.find(ask)
        judge = criteria.judge()
        replaced = {one.id for one in acting if one.x.column == "delete" or (judge and one.x.column == "update")}
        found = [id for id in await criteria.find(ask, beside=len(replaced)) if id not in replaced]
        if judge is None:
            return found
        sent = ((one.id, one.original) for one in acting if one.x.column in ("create", "update"))
        return found + [id for id, resource in sent if resource is not None and judge(resource, id)]

    def resolved(self, part: Part, *, again: bool) -> Json:
        """The resource of an entry with its references as they will be stored; uris and narrative links follow.

        `again` when the same entry may have to be resolved once more: it is then left as it was sent.

        Raises: Problem(INVALID) when a placeholder designates no entry.
        """
        resource = part.original
        assert resource is not None
        if self._known and not self._found and not again:
            for reference in part.urns:
                found = self._targets.get(reference["reference"])
                if found is None:
                    break  # the walk will tell where
                reference["reference"] = found
            else:
                return resource
        root = _RESTFUL.fullmatch(part.full_url) if part.full_url else None
        base = f"{root[1]}/" if root is not None and root[1] else ""
        if again:
            resource = _copied(resource)
        unknown: list[str] = []
        targets, looked_up = self._targets, self._found

        def target(text: str) -> str | None:
            found = targets.get(text)
            if found is None and looked_up:
                found = looked_up.get(text)
            if found is None:
                if text[:1].isupper() or "/_history/" in text:
                    return self._renamed(text, base)
                if text.startswith(URNS):
                    unknown.append(text)  # perhaps only the system of an identifier
            return found

        if self._targets or self._found or self._escaped or b'"urn:' in self._x.body:
            rewrite(resource, target, self._heads)
        if unknown:
            for expression, text in _literals(resource):
                if text.startswith(URNS):
                    raise _dangling(expression, text)
        return resource

    def _renamed(self, text: str, base: str) -> str | None:
        """What a relative reference, or one to a version, becomes; None when it stays as it is."""
        shape = _RELATIVE.fullmatch(text)
        if shape is not None:
            name = shape[1]
            for full in (base + name, f"{self._x.base}/{name}", name):
                if full in self._targets:
                    return self._targets[full]
            return None
        return self._targets.get(text.partition("/_history/")[0])


def _copied(value: Any) -> Any:
    """A copy of a JSON value, at a third of what `copy.deepcopy` takes: nothing in it is held twice."""
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value


def _place(part: Part, text: str) -> str:
    """Where an entry refers to `text`, "" when it does not."""
    return next((expression for expression, found in _literals(part.original) if found == text), "")


def _literals(resource: Json | None) -> Iterator[tuple[str, str]]:
    """(path, text) of every literal reference of a resource."""
    for holder, path in references(resource or {}):
        yield f"{path}.reference", holder["reference"]


def _ambiguous(expression: str, several: bool) -> Problem:
    return Problem.of(
        Kind.PRECONDITION_FAILED,
        "La référence conditionnelle désigne plusieurs ressources : précisez ses critères."
        if several
        else "La référence conditionnelle ne désigne aucune ressource : créez-la d'abord, ou corrigez les critères.",
        "The conditional reference designates several resources: make its criteria more precise."
        if several
        else "The conditional reference designates no resource: create it first, or correct the criteria.",
        expression=expression,
        rule="FHIR R4 http.html#trules",
        code="multiple-matches" if several else "not-found",
    )


def _dangling(expression: str, text: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"La référence {text[:80]} ne désigne aucune entrée de la transaction.",
        f"The reference {text[:80]} designates no entry of the transaction.",
        expression=expression,
        rule="FHIR R4 bundle.html#references",
        code="not-found",
    )
