"""What a Bundle asks beyond its elements: identities, documents, messages. Source: FHIR R4 bundle.html, documents.html,
messaging.html.
"""

import re
from typing import Any, Final

from socle.kernel.fhir.references import URNS, references, split_reference
from socle.kernel.fhir.validation.findings import Finding, Findings, add, error, quoted, warning
from socle.kernel.fhir.validation.prose import ill_formed

Json = dict[str, Any]
_RULE: Final = "FHIR R4 bundle.html#references"
_IDENTITY: Final = "FHIR R4 bundle.html#bundle-unique"
_REQUEST: Final = "FHIR R4 http.html#transaction"
_DOCUMENT: Final = "FHIR R4 documents.html#content"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
# What an entry may have beside its resource: the rule, the types of Bundles that have it, whether they must.
_PARTS: Final[dict[str, tuple[str, tuple[str, ...], bool]]] = {
    "search": ("bdl-2", ("searchset",), False),
    "request": ("bdl-3", ("batch", "transaction", "history"), True),
    "response": ("bdl-4", ("batch-response", "transaction-response", "history"), True),
}
# Kinds whose entries must have a fullUrl: transactions and batches may let the server choose, responses need none.
_NAMED: Final = frozenset({"document", "message", "searchset", "collection"})


def index(bundle: Json) -> dict[str, Json]:
    """Resources of the entries by fullUrl and, where nothing else has it, by "Type/id"."""
    out: dict[str, Json] = {}
    for _, entry, resource in _entries(bundle):
        url = entry.get("fullUrl")
        if type(url) is str:
            out.setdefault(url, resource)
            restful = split_reference(url)
            if restful is not None:
                out.setdefault(f"{restful[1]}/{restful[2]}", resource)
    for _, _, resource in _entries(bundle):
        if type(resource.get("id")) is str:
            out.setdefault(f"{resource['resourceType']}/{resource['id']}", resource)
    return out


def bundle_rules(bundle: Json, held: dict[str, Json]) -> Findings:
    """What is wrong with the entries as a whole. `held`: `index` of the Bundle."""
    kind = bundle.get("type")
    found = _identities(bundle, kind)
    found = add(found, _parts(bundle, kind))
    found = add(found, _unresolved(bundle, held, kind))
    if kind == "document":
        found = add(found, _unreached(bundle, held))
    elif kind in ("transaction", "batch"):
        found = add(found, _requests(bundle, kind))
    return found


def _entries(bundle: Json) -> list[tuple[int, Json, Json]]:
    entries = bundle.get("entry")
    return [
        (rank, entry, entry["resource"])
        for rank, entry in enumerate(entries if type(entries) is list else ())
        if type(entry) is dict
        and type(entry.get("resource")) is dict
        and type(entry["resource"].get("resourceType")) is str
    ]


def _identities(bundle: Json, kind: Any) -> Findings:
    found: Findings = None
    seen: dict[tuple[str, str], int] = {}
    for rank, entry, resource in _entries(bundle):
        place = f".entry[{rank}]"
        url = entry.get("fullUrl")
        if type(url) is not str:
            if kind in _NAMED and not (kind == "searchset" and resource["resourceType"] == "OperationOutcome"):
                fr, en = (
                    "une entrée dit l'identité de sa ressource ; ajoutez fullUrl",
                    "an entry says the identity of its resource; add fullUrl",
                )
                found = add(found, error("required", _RULE, fr, en, path=place))
            continue
        place += ".fullUrl"
        if _ABSOLUTE.fullmatch(url) is None:
            fr, en = (
                "fullUrl est une URL absolue (https://…, urn:uuid:…)",
                "fullUrl is an absolute URL (https://…, urn:uuid:…)",
            )
            found = add(found, error("value", _RULE, fr, en, path=place))
            continue
        if url.startswith("urn:") and (wrong := ill_formed(url)) is not None:
            found = add(found, error("value", _RULE, f"fullUrl : {wrong[0]}", f"fullUrl: {wrong[1]}", path=place))
            continue
        if "/_history/" in url:
            fr = "fullUrl ne nomme pas de version (bdl-8) ; retirez /_history/…"
            en = "fullUrl names no version (bdl-8); leave out /_history/…"
            found = add(found, error("invariant", "bdl-8", fr, en, path=place))
        id_, restful = resource.get("id"), split_reference(url)
        if type(id_) is str and restful is not None and (restful[1], restful[2]) != (resource["resourceType"], id_):
            shown = f"{resource['resourceType']}/{id_}"
            fr = f"fullUrl ({quoted(url)}) ne désigne pas la ressource de l'entrée ({shown}) ; accordez-les"
            en = f"fullUrl ({quoted(url)}) does not name the resource of the entry ({shown}); make them agree"
            found = add(found, error("value", _RULE, fr, en, path=place))
        if id_ is None and restful is not None and url[:4] == "http" and kind in _NAMED:
            fr = f"fullUrl ({quoted(url)}) dit l'id de la ressource, qui n'en a pas ; écrivez id, ou urn:uuid:… dans fullUrl"
            en = f"fullUrl ({quoted(url)}) says the id of the resource, which has none; write id, or urn:uuid:… in fullUrl"
            found = add(found, error("value", _RULE, fr, en, path=place))
        meta = resource.get("meta")
        version = str(meta.get("versionId", "")) if type(meta) is dict else ""
        if kind != "history" and seen.setdefault((url, version), rank) != rank:
            fr = f"la même fullUrl est à l'entrée {seen[url, version]} (bdl-7) ; chaque ressource n'est là qu'une fois"
            en = f"the same fullUrl is at entry {seen[url, version]} (bdl-7); each resource is there once only"
            found = add(found, error("invariant", "bdl-7", fr, en, path=place))
    return found


def _parts(bundle: Json, kind: Any) -> Findings:
    """bdl-2, bdl-3, bdl-4: what stands beside the resource of each entry, by the type of the Bundle."""
    if type(kind) is not str:
        return None
    found: Findings = None
    entries = bundle.get("entry")
    for rank, entry in enumerate(entries if type(entries) is list else ()):
        if type(entry) is not dict:
            continue
        for part, (rule, kinds, needed) in _PARTS.items():
            if part in entry and kind not in kinds:
                listed = ", ".join(kinds)
                fr = f"{part} n'a pas de sens dans un Bundle de type {quoted(kind)} (seulement : {listed}) ; retirez-le"
                en = f"{part} makes no sense in a Bundle of type {quoted(kind)} (only: {listed}); leave it out"
            elif needed and part not in entry and kind in kinds:
                fr = f"chaque entrée d'un Bundle de type {kind} a {part} ; ajoutez-le"
                en = f"each entry of a Bundle of type {kind} has {part}; add it"
            else:
                continue
            found = add(found, error("invariant", rule, fr, en, path=f".entry[{rank}].{part}"))
    return found


def _requests(bundle: Json, kind: str) -> Findings:
    """What is asked for each entry, and of what: a write has its resource, its URL names it, and a transaction writes a
    resource once.
    """
    found: Findings = None
    written: dict[str, int] = {}
    entries = bundle.get("entry")
    for rank, entry in enumerate(entries if type(entries) is list else ()):
        request = entry.get("request") if type(entry) is dict else None
        method, url = (request.get("method"), request.get("url")) if type(request) is dict else (None, None)
        if type(method) is not str or type(url) is not str:
            continue  # told by the structural check
        place = f".entry[{rank}]"
        found = add(found, _written(method, url, entry.get("resource"), place))
        named = split_reference(url)
        if kind == "transaction" and named is not None and not named[0] and method in ("PUT", "PATCH", "DELETE"):
            first = written.setdefault(f"{named[1]}/{named[2]}", rank)
            if first != rank:
                fr = f"l'entrée {first} écrit déjà {named[1]}/{named[2]} ; une transaction n'écrit une ressource qu'une fois"
                en = f"entry {first} writes {named[1]}/{named[2]} already; a transaction writes a resource once"
                found = add(found, error("business-rule", _REQUEST, fr, en, path=place + ".request.url"))
    return found


def _written(method: str, url: str, resource: Any, place: str) -> Finding | None:
    """Whether the URL of a write names its resource; operations and searches are not gone into."""
    target = url.partition("?")[0]
    asked = target.split("/")
    if method not in ("POST", "PUT", "PATCH") or ":" in target or asked[-1].startswith(("$", "_")):
        return None
    if resource is None:
        fr = f"{method} écrit une ressource, et l'entrée n'en a pas ; ajoutez resource"
        en = f"{method} writes a resource, and the entry has none; add resource"
        return error("required", _REQUEST, fr, en, path=place)
    name = resource.get("resourceType") if type(resource) is dict else None
    if type(name) is not str or method == "PATCH":
        return None
    id_ = resource.get("id")
    if (
        asked[0] != name
        or (method == "POST" and len(asked) > 1)
        or (method == "PUT" and type(id_) is str and asked[1:] not in ([], [id_]))
    ):
        shown = f"{name}/{id_}" if method == "PUT" and type(id_) is str else name
        fr = f"request.url ({quoted(url)}) ne désigne pas la ressource de l'entrée ({shown}) ; accordez-les"
        en = f"request.url ({quoted(url)}) does not name the resource of the entry ({shown}); make them agree"
        return error("value", _REQUEST, fr, en, path=place + ".request.url")
    return None


def _unresolved(bundle: Json, held: dict[str, Json], kind: Any) -> Findings:
    """References that can only lead to an entry, and lead to none."""
    found: Findings = None
    urls = {id(resource): str(entry.get("fullUrl", "")) for _, entry, resource in _entries(bundle)}
    for rank, entry, resource in _entries(bundle):
        try:
            met = list(references(resource))
        except (AttributeError, KeyError, TypeError, ValueError):
            continue  # malformed: told by the structural check
        first = rank == 0 and kind in ("document", "message")
        base = entry.get("fullUrl")
        for reference, path in met:
            text = reference["reference"]
            local = text.startswith(URNS)
            relative = first and split_reference(text) is not None and text[:4] != "http"
            if not (local or relative):
                continue
            target = resolved(text, held, base)
            strict = kind == "document" or path.startswith("MessageHeader.focus")
            if target is not None and not (
                strict and relative and type(base) is str and not _leads(text, base, target, urls)
            ):
                continue
            place = f".entry[{rank}].resource{path[len(resource['resourceType']) :]}"
            fr = f"la ressource désignée ({quoted(text)}) n'est pas dans le Bundle ; ajoutez-la"
            en = f"the resource referred to ({quoted(text)}) is not in the Bundle; add it"
            if target is not None:
                url = quoted(urls.get(id(target), ""))
                fr = f"cette référence relative ({quoted(text)}) ne mène à aucune entrée : écrivez la fullUrl de l'entrée ({url})"
                en = f"this relative reference ({quoted(text)}) leads to no entry: write the fullUrl of the entry ({url})"
            if local and not first:
                found = add(found, warning("not-found", _RULE, fr, en, path=place))
            else:
                found = add(found, error("not-found", _RULE, fr, en, path=place))
    return found


def _leads(text: str, base: str, target: Json, urls: dict[int, str]) -> bool:
    """Whether a relative reference leads to an entry by the fullUrl of both, and not by type and id alone."""
    url = urls.get(id(target), "")
    restful = split_reference(base)
    return not url or (restful is not None and url == f"{restful[0]}/{text.partition('/_history/')[0]}")


def resolved(text: str, held: dict[str, Json], base: Any) -> Json | None:
    """The entry that a reference leads to, from an entry whose fullUrl is `base`."""
    bare = text.partition("/_history/")[0]
    if bare in held:
        return held[bare]
    restful = split_reference(base) if type(base) is str else None
    if restful is not None and restful[0] and split_reference(bare) is not None:
        return held.get(f"{restful[0]}/{bare}")
    return None


def _unreached(bundle: Json, held: dict[str, Json]) -> Findings:
    """In a document every resource is reached from the Composition, or leads to one that is."""
    entries = _entries(bundle)
    if not entries or entries[0][2]["resourceType"] != "Composition":
        return None
    places = {id(resource): rank for rank, _, resource in entries}
    leads: dict[int, set[int]] = {rank: set() for rank, _, _ in entries}
    for rank, entry, resource in entries:
        try:
            met = list(references(resource))
        except (AttributeError, KeyError, TypeError, ValueError):
            return None
        for reference, _ in met:
            target = resolved(reference["reference"], held, entry.get("fullUrl"))
            if target is not None and id(target) in places:
                leads[rank].add(places[id(target)])
                leads[places[id(target)]].add(rank)  # what leads to a part of the document belongs to it too
    reached, ahead = set(), [entries[0][0]]
    while ahead:
        rank = ahead.pop()
        if rank not in reached:
            reached.add(rank)
            ahead += leads[rank]
    found: Findings = None
    for rank, _, resource in entries:
        if rank not in reached:
            fr = f"rien ne mène de la Composition à cette ressource ({resource['resourceType']}) ; citez-la ou retirez-la"
            en = f"nothing leads from the Composition to this resource ({resource['resourceType']}); refer to it or leave it out"
            found = add(found, warning("business-rule", _DOCUMENT, fr, en, path=f".entry[{rank}]"))
    return found
