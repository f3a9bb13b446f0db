"""References between resources. Source: FHIR R4 search.html#reference.

A token is key("r", type, parameter) exclusive-or the key of the target: SQL can go from targets to tokens and back.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.extract import Write
from socle.kernel.fhir.keys import frequent_key, key, resource_key, resource_keys, url_key
from socle.kernel.fhir.primitives import is_id
from socle.kernel.fhir.references import target_type
from socle.kernel.search.conditions import Condition, HasToken, either
from socle.kernel.search.escapes import split, unescape
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.store.contract import Json, Keys

MODIFIERS = frozenset({"identifier", "above", "below"})  # and `:Type`, one of the parameter's targets
_LOCAL = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9.\-]{1,64})(/_history/[A-Za-z0-9.\-]{1,64})?")
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")


def local(reference: str, bases: Sequence[str] = ()) -> tuple[str, str] | None:
    """(type, id) of a reference to this server (relative, or absolute on one of its bases), None for anything else."""
    for base in bases:
        if reference.startswith(base) and reference[len(base) : len(base) + 1] == "/":
            reference = reference[len(base) + 1 :]
            break
    found = _LOCAL.fullmatch(reference)
    return (found[1], found[2]) if found else None


def token(resource_type: str, name: str) -> int:
    """The parameter's part of its tokens: token ^ this = key of the target."""
    return frequent_key("r", resource_type, name)


@lru_cache(maxsize=16_384)
def target(reference: str, bases: tuple[str, ...] = ()) -> int:
    """The target's part of a reference's token; 0 for a contained resource, which no search reaches."""
    if reference.startswith("#"):
        return 0
    found = local(reference, bases)
    return resource_key(*found) if found else url_key(reference)


def address(value: Any, bases: Sequence[str] = ()) -> str:
    """Where a reference, canonical or URI leads: `Type/id` on this server, the URL elsewhere; "" for what is nowhere else."""
    if isinstance(value, dict) and "resourceType" in value:
        return f"{value['resourceType']}/{value['id']}" if "id" in value else ""
    text = value if isinstance(value, str) else value.get("reference", "")
    if text.startswith("#"):
        return ""
    found = local(text, bases)
    return "/".join(found) if found else text


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, bases: tuple[str, ...] = ()) -> None:
    """Add the token of each reference, canonical or URI, and those of logical references (identifier)."""
    toks, own = into.toks, parameter.reference
    for _, value in values:
        if isinstance(value, str):
            toks.append(own ^ target(value, bases))
            if "|" in value:
                toks.append(own ^ target(value.partition("|")[0], bases))
            continue
        if "resourceType" in value:  # a resource inside a Bundle (`message`, `composition`)
            if "id" in value:
                toks.append(own ^ resource_key(value["resourceType"], value["id"]))
            continue
        text = value.get("reference")
        if text and (found := target(text, bases)):
            toks.append(own ^ found)
        if "identifier" in value:
            _logical(parameter.resource_type, parameter.name, value["identifier"], toks)


@cache
def _keys_of_types() -> dict[str, Callable[[str], int]]:
    return {of: resource_keys(of) for of in r4().resource_types}


def writer(named: Sequence[tuple[Parameter, str]], bases: tuple[str, ...] = (), *, tells: bool = False) -> Write:
    """What adds the tokens of a Reference, read once for several parameters, each with the type that it keeps ("": any).

    `tells`: it also says whose data the resource is, unless that is known.
    """
    mask, owns = _of_type(named, "")
    kept = {of: _of_type(named, of) for _, of in named if of}
    every, keys_of_types = (mask, owns), _keys_of_types()

    def write(value: Json, root: Json, into: Keys) -> None:
        text = value.get("reference")
        if text is not None and "identifier" not in value:
            of, _, id = text.partition("/")
            key_of = keys_of_types.get(of)
            if key_of is not None and is_id(id):
                mask, owns = kept.get(of, every)
                if owns:
                    into.present |= mask
                    found, toks = key_of(id), into.toks
                    for own in owns:
                        toks.append(own ^ found)
                if tells and into.subject is None and of == "Patient":
                    into.subject = text
                return
        of = target_type(value, root) if kept else None
        for parameter, wanted in named:
            if not wanted or wanted == of:
                into.present |= 1 << parameter.bit
                keys(parameter, (("Reference", value),), into, bases)
        if tells and into.subject is None and text and (local_to := local(text, bases)) and local_to[0] == "Patient":
            into.subject = "/".join(local_to)

    return write


def _of_type(named: Sequence[tuple[Parameter, str]], of: str) -> tuple[int, tuple[int, ...]]:
    """The bits and the parts of the tokens of the parameters that keep the references to a type."""
    kept = [parameter for parameter, wanted in named if wanted in ("", of)]
    return sum(1 << parameter.bit for parameter in kept), tuple(parameter.reference for parameter in kept)


def _logical(of: str, name: str, identifier: dict[str, Any], toks: list[int]) -> None:
    system, text = identifier.get("system", ""), identifier.get("value", "").casefold()
    if text:
        toks.append(key("i", of, name, system, text))
        toks.append(key("i", of, name, "*", text))
    if system:
        toks.append(key("is", of, name, system))


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """`Type/id`, `id`, an URL; `:Type` with an id; `:identifier` with `system|value`."""
    if modifier == "identifier":
        return HasToken(tuple(_identifier(parameter, text) for text in values))
    return either([HasToken(_targets(parameter, modifier, unescape(text), context)) for text in values])


def _targets(parameter: Parameter, target_type: str, text: str, context: Context) -> tuple[int, ...]:
    own = token(parameter.resource_type, parameter.name)
    found = local(text, context.bases)
    if found and text.find("/_history/") > 0:
        raise refuse(
            parameter.name,
            f"« {parameter.name} » : on ne cherche pas une version précise ; écrivez « {found[0]}/{found[1]} ».",
            f"“{parameter.name}”: a given version of a resource cannot be searched for; write “{found[0]}/{found[1]}”.",
        )
    if target_type:
        if found and found[0] != target_type:
            raise refuse(
                parameter.name,
                f"« {parameter.name}:{target_type} » ne peut pas désigner « {found[0]}/… ».",
                f"“{parameter.name}:{target_type}” cannot name “{found[0]}/…”.",
            )
        resource_id = found[1] if found else text
        if not _ID.fullmatch(resource_id):
            raise refuse(
                parameter.name,
                f"« {parameter.name}:{target_type} » demande un identifiant de ressource "
                "(64 lettres, chiffres, « - » ou « . »).",
                f"“{parameter.name}:{target_type}” takes a resource id (64 letters, digits, “-” or “.”).",
            )
        return (own ^ resource_key(target_type, resource_id),)
    if found:
        return (own ^ resource_key(*found),)
    if _ID.fullmatch(text) and ":" not in text:
        return (*(own ^ resource_key(of, text) for of in parameter.targets), own ^ url_key(text))
    return (own ^ url_key(text),)


def _identifier(parameter: Parameter, text: str) -> int:
    of, name = parameter.resource_type, parameter.name
    parts = [unescape(part) for part in split(text, "|")]
    match parts:
        case [value] if value:
            return key("i", of, name, "*", value.casefold())
        case [system, value] if value:
            return key("i", of, name, system, value.casefold())
        case [system, ""] if system:
            return key("is", of, name, system)
    raise refuse(
        name,
        f"« {name}:identifier » demande « système|valeur », « |valeur », « système| » ou « valeur ».",
        f"“{name}:identifier” takes “system|value”, “|value”, “system|” or “value”.",
    )
