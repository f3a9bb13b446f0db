"""An entry of a transaction on its way, and the rule that none may be written twice."""

from collections.abc import Sequence
from dataclasses import dataclass

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.conditional import Criteria
from socle.kernel.rest.exchange import Exchange
from socle.kernel.store import ANY, Change, Json, Stored


@dataclass(slots=True)
class Part:
    """One entry.

    at        its place: "Bundle.entry[3]"
    original  the resource as it was sent (what is stored is made from it, perhaps several times)
    urns      its References to a urn:uuid or urn:oid
    drawn     the id drawn for it
    criteria  of a conditional create, update, patch or delete
    id        the resource that it writes, known once its criteria were looked up
    fresh     a conditional update that found nothing: it creates
    there     what a conditional create found: nothing to write
    nothing   a conditional delete that found nothing
    """

    at: str
    x: Exchange
    full_url: str
    original: Json | None = None
    urns: Sequence[Json] = ()
    drawn: str = ""
    criteria: Criteria | None = None
    expect: int = ANY
    id: str = ""
    fresh: bool = False
    there: Stored | None = None
    nothing: bool = False
    change: Change | None = None
    stored: Stored | None = None

    def condition(self, query: str | None) -> None:
        """Take the criteria of a conditional entry. Raises: Problem(INVALID) when they are none."""
        if query is not None:
            self.criteria = Criteria(self.x, query)


def refuse_twice(writes: list[Part]) -> None:
    """Refuse a transaction that writes the same resource twice, or creates twice under the same condition.

    Raises: Problem(INVALID) naming both entries. Source: FHIR R4 http.html#trules.
    """
    seen: dict[tuple[str, str], str] = {}
    called: dict[str, str] = {}
    for part in writes:
        other = called.setdefault(part.full_url, part.at) if part.full_url else part.at
        if other is not part.at:
            raise Problem.of(
                Kind.INVALID,
                f"Deux entrées portent le même fullUrl ({part.full_url[:120]}) : une référence ne saurait laquelle suivre. "
                "Donnez à chacune le sien.",
                f"Two entries have the same fullUrl ({part.full_url[:120]}): a reference could not tell which to follow. "
                "Give each its own.",
                expression=(f"{other}.fullUrl", f"{part.at}.fullUrl"),
                rule="FHIR R4 bundle.html#bdl-7",
                code="duplicate",
            )
        names = [] if part.there is not None or part.nothing else [(part.x.type, part.id)]
        if part.x.column == "create" and part.criteria is not None and part.there is None:
            names.append((part.x.type, "?" + part.x.headers["if-none-exist"]))
        for name in names:
            first = seen.setdefault(name, part.at)
            if first is not part.at:
                raise Problem.of(
                    Kind.INVALID,
                    f"Deux entrées de la transaction écrivent la même ressource ({'/'.join(name)}) : gardez-en une.",
                    f"Two entries of the transaction write the same resource ({'/'.join(name)}): keep one of them.",
                    expression=(first, part.at),
                    rule="FHIR R4 http.html#trules",
                    code="duplicate",
                )
