"""batch and transaction: many requests in one. Source: FHIR R4 http.html#transaction."""

from typing import Any, Final

from socle.kernel.fhir.check import check
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.interactions.batch import batch
from socle.kernel.rest.interactions.transaction import transaction
from socle.kernel.store import Json

_RULE: Final = "FHIR R4 http.html#transaction"


async def bundle(x: Exchange) -> Answer:
    """200 with the Bundle of answers, in the order of the entries.

    Raises: Problem(INVALID) for what is no batch nor transaction, Problem(TOO_COSTLY) for too many entries; a
    transaction also raises what any of its entries would.
    """
    x.accept_only()
    entries = _entries(x, x.resource)
    kind = x.resource["type"]
    if kind not in x.server.interactions[""]:
        raise Problem.of(
            Kind.NOT_ALLOWED, f"Ce serveur n'offre pas « {kind} ».", f"This server does not offer “{kind}”.", rule=_RULE
        )
    x.interaction = kind
    x._trace = None  # the trace names the interaction, known only now
    return await (batch if kind == "batch" else transaction)(x, entries)


def _entries(x: Exchange, content: Json) -> list[Json]:
    """The entries of a Bundle whose own structure is legal; their resources are checked later, each by itself."""
    if content.get("resourceType") != "Bundle":
        raise _wrong("On n'envoie ici qu'un Bundle.", "Only a Bundle is sent here.", "resourceType")
    if content.get("type") not in ("batch", "transaction"):
        raise _wrong(
            "Le type du Bundle est batch ou transaction.",
            "The type of the Bundle is batch or transaction.",
            "Bundle.type",
        )
    entries = content.get("entry", [])
    most = x.server.settings.limits.entries
    if isinstance(entries, list) and len(entries) > most:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"Le Bundle compte {len(entries)} entrées ; ce serveur en prend {most} à la fois.",
            f"The Bundle has {len(entries)} entries; this server takes {most} at a time.",
            expression="Bundle.entry",
            rule=_RULE,
        )
    if isinstance(entries, list):
        for i, entry in enumerate(entries):
            if isinstance(entry, dict) and "request" not in entry:
                raise _wrong("L'entrée n'a pas de « request ».", "The entry has no “request”.", f"Bundle.entry[{i}]")
    check(_without_resources(content))
    checked: list[Json] = entries
    return checked


def _without_resources(content: Json) -> Json:
    entries: Any = content.get("entry")
    if not isinstance(entries, list):
        return content
    bare = [
        {name: value for name, value in entry.items() if name != "resource"} if isinstance(entry, dict) else entry
        for entry in entries
    ]
    return {**content, "entry": bare}


def _wrong(fr: str, en: str, expression: str) -> Problem:
    return Problem.of(Kind.INVALID, fr, en, expression=expression, rule=_RULE)
