"""Criteria that follow references: chains, `_has`, hierarchies; one after the other as deep as is allowed.

Source: FHIR R4 search.html#chaining, search.html#has, search.html#recursive.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from socle.kernel.fhir.keys import resource_key
from socle.kernel.search.conditions import Condition, Lineage, ReferredBy, RefersTo, either
from socle.kernel.search.escapes import unescape
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.refusal import near, refuse, unsupported
from socle.kernel.search.types import reference as references

if TYPE_CHECKING:
    from socle.kernel.search.criterion import Criteria

HIERARCHIES = ("partof", "part-of")  # parameters by which resources say what they are a part of


def chain(criteria: "Criteria", of: str, name: str, value: str, written: str, depth: int) -> Condition:
    """`reference[:Type].what-is-asked-of-it=value`."""
    head, _, rest = name.partition(".")
    base, _, target = head.partition(":")
    parameter = criteria.reference(of, base, written)
    target = aimed(criteria, parameter, target, rest, written)
    inner = criteria.below(target, rest, value, written, depth + 1)
    return criteria.hidden(of, base, RefersTo(references.token(of, base), target, criteria.limited(target, inner)))


def aimed(criteria: "Criteria", parameter: Parameter, target: str, rest: str, written: str) -> str:
    """The type that a reference is followed to: the one said, or the only one for which `rest` has a meaning."""
    if target:
        if target not in _held(criteria, parameter):
            hint = near(target, _held(criteria, parameter))
            raise unsupported(
                written,
                f"« {parameter.name} » ne mène pas à {target}. {hint.fr}",
                f"“{parameter.name}” does not lead to {target}. {hint.en}",
            )
        return target
    inner = rest.partition(".")[0].partition(":")[0]
    known = criteria.parameters
    able = [
        one for one in _held(criteria, parameter) if inner in ("_has", "_filter", "_list") or inner in known.of(one)
    ]
    if len(able) == 1:
        return able[0]
    if not able:
        raise unsupported(
            written,
            f"Aucun des types auxquels mène « {parameter.name} » n'a de paramètre « {inner} ».",
            f"None of the types that “{parameter.name}” leads to has a parameter “{inner}”.",
        )
    choices = ", ".join(f"{parameter.name}:{one}.{inner}" for one in able[:8])
    raise refuse(
        written,
        f"« {written} » est ambigu : « {parameter.name} » mène à {len(able)} types qui ont « {inner} ». "
        f"Précisez, par exemple : {choices}.",
        f"“{written}” is ambiguous: “{parameter.name}” leads to {len(able)} types that have “{inner}”. "
        f"Say which, for example: {choices}.",
    )


def _held(criteria: "Criteria", parameter: Parameter) -> list[str]:
    """Types that a reference may lead to within this register."""
    return [of for of in parameter.targets if of in criteria.types]


def has(criteria: "Criteria", of: str, name: str, value: str, written: str, depth: int) -> Condition:
    """`_has:Type:reference:what-is-asked-of-it=value`."""
    parts = name.split(":", 3)
    if len(parts) < 4 or not all(parts):
        raise refuse(
            written,
            "« _has » s'écrit « _has:Type:référence:paramètre=valeur » (exemple : _has:Observation:patient:code=1234-5).",
            "“_has” is written “_has:Type:reference:parameter=value” (example: _has:Observation:patient:code=1234-5).",
        )
    _, source, base, rest = parts
    if source not in criteria.types:
        hint = near(source, criteria.types)
        raise unsupported(
            written,
            f"Ce registre ne contient pas de {source}. {hint.fr}",
            f"This register holds no {source}. {hint.en}",
        )
    parameter = criteria.reference(source, base, written)
    if of not in parameter.targets:
        raise refuse(
            written,
            f"« {base} » de {source} ne mène pas à {of}.",
            f"“{base}” of {source} does not lead to {of}.",
        )
    inner = criteria.hidden(source, base, criteria.below(source, rest, value, written, depth + 1))
    return ReferredBy(references.token(source, base), source, criteria.limited(source, inner))


def lineage(criteria: "Criteria", parameter: Parameter, modifier: str, values: Sequence[str]) -> Condition:
    """`:below`: refers to this resource or to a part of it; `:above`: to it or to what it is a part of."""
    return either([_line(criteria, parameter, modifier, unescape(text)) for text in values])


def _line(criteria: "Criteria", parameter: Parameter, modifier: str, text: str) -> Condition:
    name = f"{parameter.name}:{modifier}"
    parents = {of: parent for of in _held(criteria, parameter) if (parent := _parent(criteria, of))}
    if not parents:
        raise unsupported(
            name,
            f"« {parameter.name} » ne mène à aucun type organisé en hiérarchie (partof, part-of).",
            f"“{parameter.name}” leads to no type that forms a hierarchy (partof, part-of).",
        )
    found = references.local(text, criteria.context.bases)
    if found is None and len(parents) == 1:
        found = references.local(f"{next(iter(parents))}/{text}")
    if found is None or found[0] not in parents:
        listed = ", ".join(f"{of}/id" for of in parents)
        raise refuse(
            name,
            f"« {name} » demande une ressource d'une hiérarchie : {listed}.",
            f"“{name}” takes a resource of a hierarchy: {listed}.",
            rule="FHIR R4 search.html#recursive",
        )
    target, id = found
    own = references.token(parameter.resource_type, parameter.name)
    up = references.token(target, parents[target])
    above, limit = modifier == "above", criteria.limit(target)
    return Lineage(own, name, target, up, resource_key(target, id), above, limit)


def _parent(criteria: "Criteria", of: str) -> str:
    """The parameter by which resources of a type say what they are a part of, "" when they do not."""
    known = criteria.parameters.of(of)
    return next((name for name in HIERARCHIES if name in known and of in known[name].targets), "")
