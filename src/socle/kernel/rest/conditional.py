"""Criteria of conditional interactions: searched inside the transaction that depends on them.

Source: FHIR R4 http.html#ccreate, #cond-update, #cond-delete.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from socle.kernel.fhir.keys import key, resource_key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import decide
from socle.kernel.rest.arrive import form
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.permit import refusal
from socle.kernel.search import matching
from socle.kernel.search.query import Query
from socle.kernel.store import Json, Stored, Within

Ask = Within
_ENOUGH: Final = 2  # found, to know whether there are none, one or several


class Criteria:
    """Search criteria on one type. `lock` is the same for the same criteria: who says them waits in line."""

    __slots__ = ("_found", "_pairs", "_query", "_type", "_x", "lock")

    def __init__(self, x: Exchange, query: str, of: str = "") -> None:
        """Criteria written in `query`, on the type of the request, or on `of`.

        Raises: Problem(NOT_FOUND | UNAUTHENTICATED | FORBIDDEN): what one may not read, one may not guess at.
        """
        self._x = x
        self._type = of or x.type
        self._found: list[str] | None = None  # by `find_all`
        self._query: Query | None = None
        if self._type not in x.server.interactions:
            raise Problem.of(
                Kind.INVALID,
                f"Ce serveur ne connaît pas le type de ressource « {self._type[:64]} ».",
                f"This server does not know the resource type “{self._type[:64]}”.",
                rule="FHIR R4 http.html#trules",
                code="not-supported",
            )
        self._pairs = form(x, query.strip().removeprefix("?"))
        self.lock = key("condition", self._type, *sorted(f"{name}={value}" for name, value in self._pairs))
        endpoint, personal = x.server.endpoint, x.server.personal
        follows = bool(personal) and any("." in name or name.startswith("_has") for name, _ in self._pairs)
        reading = endpoint.read if self._type in personal or follows else endpoint.read_public
        decision = decide(x.actor, reading)
        if not decision.allowed:
            raise refusal(x.actor, decision)

    @property
    def type(self) -> str:
        """The type of the resources that they designate."""
        return self._type

    def query(self) -> Query:
        """What they ask, read once.

        Raises: Problem(INVALID) for an unknown parameter, Problem(PRECONDITION_FAILED) without any criterion.
        """
        if self._query is None:
            x = self._x
            self._query = x.server.repository.criteria(self._type, self._pairs, now=x.at, sight=x.sight)
        return self._query

    def refuse_followed(self, written: Iterable[str], *, itself: bool = False) -> None:
        """Criteria that look at other resources (chaining, _has) are judged by what is stored: in a transaction that writes
        (`written`: of which types) what they look at, they would be judged wrongly.

        itself  whether what they search must not be written either

        Raises: Problem(INVALID), or as `query`.
        """
        followed = matching.followed(self.query().conditions)
        changed = sorted(set(written) & (followed | {self._type} if followed and itself else followed))[:3]
        if changed:
            raise Problem.of(
                Kind.INVALID,
                f"Ces critères suivent d'autres ressources (chaînage, _has) et la transaction en écrit ({', '.join(changed)}) : "
                "désignez la ressource par le fullUrl de son entrée ou par des critères sur elle-même, ou envoyez d'abord "
                "le reste.",
                f"These criteria follow other resources (chaining, _has) and the transaction writes some ({', '.join(changed)}): "
                "name the resource by the fullUrl of its entry or by criteria on itself, or send the rest first.",
                rule="FHIR R4 http.html#trules",
                code="not-supported",
            )

    async def find(self, ask: Ask | None, *, beside: int = 0) -> list[str]:
        """Ids of the resources that match, at most two, asked through `ask`, or of the store at large.

        `beside`: how many more, when so many of those found may not count.

        Raises: as `query`.
        """
        if self._found is not None and (len(self._found) < _ENOUGH or not beside):
            return self._found
        x = self._x
        found = await x.server.repository.found(self.query(), now=x.at, within=ask, limit=_ENOUGH + beside)
        return [id for id, _ in found]

    def judge(self) -> Callable[[Json, str], bool] | None:
        """Says of a resource that is not stored yet, and of its id, whether it matches; None when criteria look at others.

        Raises: as `find`.
        """
        x, repository = self._x, self._x.server.repository
        conditions = self.query().conditions
        try:
            matching.check(conditions)
        except Problem:
            return None

        def holds(resource: Json, id: str) -> bool:
            seen = matching.Seen(
                repository.indexer.keys(resource, id), resource_key(resource["resourceType"], id), id, x.at
            )
            return matching.holds(conditions, seen)

        return holds


async def find_all(x: Exchange, several: Sequence[Criteria], ask: Ask | None) -> None:
    """Ask together what can be: `find` of each then answers at once. What is wrong in one is told by its own `find`."""
    repository = x.server.repository
    asked: list[Criteria] = []
    queries: list[Query] = []
    for one in several:
        one._found = None
        with suppress(Problem):
            queries.append(one.query())
            asked.append(one)
    if len(asked) > 1:
        for one, found in zip(asked, await repository.find_together(queries, now=x.at, within=ask), strict=True):
            one._found = found


async def read_found(x: Exchange, several: Sequence[Criteria], ask: Ask) -> dict[tuple[str, str], Stored]:
    """The resources that `find_all` found alone, by type and id, read together."""
    references = {(one._type, one._found[0]) for one in several if one._found is not None and len(one._found) == 1}
    found = await x.server.repository.read_within(ask, references) if references else []
    return {(one.type, one.id): one for one in found}


def several(x: Exchange, what: str) -> Problem:
    """The criteria match several resources: which one was meant is not for us to guess."""
    return Problem.of(
        Kind.PRECONDITION_FAILED,
        f"Les critères de {what} désignent plusieurs ressources {x.type} : précisez-les.",
        f"The criteria of {what} designate several {x.type} resources: make them more precise.",
        rule="FHIR R4 http.html#cond-update",
        code="multiple-matches",
    )
