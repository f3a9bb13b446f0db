"""What one item of an element must be, once its own elements are known: a primitive, a value by profiles, a resource."""

from collections.abc import Callable
from typing import Any

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.validation.findings import Findings, add, error
from socle.kernel.fhir.validation.run import DEEPEST, ItemCheck, Run
from socle.kernel.fhir.validation.tree import Node

Json = dict[str, Any]
ObjectCheck = Callable[[Json, Run], Findings]


def primitive_item(
    values: list[Any], invariants: Any, coded: list[Any], inside: ObjectCheck | None, code: str
) -> ItemCheck:
    """The check of a primitive and of its extensions."""

    def check(value: Any, companion: Json | None, run: Run) -> Findings:
        found: Findings = None
        if value is not None:
            for one in values:
                if (finding := one(value)) is not None:
                    found = add(found, finding)
            for bound in coded:
                found = add(found, bound(value, run))
        if invariants is not None:
            found = add(found, invariants(code, value, companion, run))
        if inside is not None:
            found = add(found, inside(companion or {}, run))
        return found

    return check


def of_profiles(value: Any, companion: Json | None, profiles: list[str], code: str, node: Node, run: Run) -> Findings:
    """A value of a type that must conform to one of some profiles."""
    if run.depth >= DEEPEST:
        return None
    if len(profiles) == 1:
        found = run.profile(profiles[0])
        if found is None:
            return None  # told by `unknown`
        name = value.get("resourceType", found.type) if type(value) is dict else found.type
        if name != found.type and not found.abstract:
            shown = profiles[0]
            fr = f"une ressource {name} n'est pas ce que demande {shown} ({found.type}) ; mettez-en une de ce type"
            en = f"a resource {name} is not what {shown} asks for ({found.type}); put one of that type"
            return [error("structure", node.rule, fr, en)]
        with run.deeper():
            return found.check(value, companion, run)
    verdicts = [run.conforms((code, value, companion), url) for url in profiles]
    if True in verdicts or None in verdicts:
        return None
    listed = ", ".join(profiles)
    return [
        error(
            "structure",
            node.rule,
            f"cet élément n'est conforme à aucun des profils attendus : {listed}",
            f"this element conforms to none of the expected profiles: {listed}",
        )
    ]


def resource_item(
    node: Node, *, contained: bool, invariants: Any, inside: Callable[[str], ObjectCheck | None] | None
) -> ItemCheck:
    """A resource in another: what it is on its own, then what this definition wants of it.

    invariants  those that the definition states of it
    inside      the check of the elements that the definition gives to a resource of a type; None when it gives none
    """
    names = frozenset(entry.get("code", "") for entry in node.types) - {"Resource"}
    entries = {entry.get("code", ""): list(entry.get("profile", ())) for entry in node.types}
    rule = node.rule

    def check(value: Any, companion: Json | None, run: Run) -> Findings:
        if type(value) is not dict or type(value.get("resourceType")) is not str:
            return None
        found = run.enter(value, run, contained)
        name = value["resourceType"]
        if names and not any(
            r4().kind(one) is not None and r4().is_a(name, one) for one in names if r4().is_resource(name)
        ):
            listed = ", ".join(sorted(names))
            return add(
                found,
                error(
                    "structure",
                    rule,
                    f"une ressource {name} n'est pas permise ici ; types possibles : {listed}",
                    f"a resource {name} is not allowed here; possible types: {listed}",
                ),
            )
        profiles = entries.get(name) or entries.get("Resource") or []
        if profiles:
            with run.within(value, run.root if contained else value):
                found = add(found, of_profiles(value, None, profiles, name, node, run))
        if invariants is not None or inside is not None:
            within = inside(name) if inside is not None else None
            with run.within(value, run.root if contained else value):
                found = add(found, invariants(name, value, None, run) if invariants is not None else None)
                found = add(found, within(value, run) if within is not None else None)
        return found

    return check
