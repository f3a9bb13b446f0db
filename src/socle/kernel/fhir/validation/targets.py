"""References: what they may lead to, by the profiles that a definition names. Source: FHIR R4 references.html,
elementdefinition-definitions.html#ElementDefinition.type.targetProfile.
"""

from collections.abc import Callable
from typing import Any

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.references import target_type
from socle.kernel.fhir.validation.findings import R4, Finding, Findings, add, error, quoted, warning
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.tree import Node

Json = dict[str, Any]
TargetCheck = Callable[[Any, Run], Findings]


def target_check(node: Node, entry: Json, told: frozenset[str]) -> TargetCheck | None:
    """What ElementDefinition.type asks of a Reference; None when nothing beyond what the structural check has told.

    told  the types that the structural check accepts (empty: any)
    """
    profiles = [url for url in entry.get("targetProfile", ()) if url.partition("|")[0] != R4 + "Resource"]
    types = frozenset(url.removeprefix(R4) for url in profiles if r4().is_resource(url.removeprefix(R4)))
    narrow = bool(profiles) and (len(types) < len(profiles) or types != told)
    aggregation, versioning = frozenset(entry.get("aggregation", ())), entry.get("versioning", "either")
    rule = node.rule
    if not narrow and not aggregation and versioning == "either":
        return _followed(profiles, rule) if types else None

    def check(value: Any, run: Run) -> Findings:
        if type(value) is not dict:
            return None
        text = value.get("reference")
        found: Findings = None
        if type(text) is str and text:
            target = run.resolve(text)
            found = _form(text, run.held(text) is not None, aggregation, versioning, rule)
        elif "identifier" in value or "type" in value:
            target = None
        else:
            return None
        return add(found, _led(value, target, profiles, rule, run)) if narrow else found

    return check


def _followed(profiles: list[str], rule: str) -> TargetCheck:
    """The types that R4 allows, where the text of a reference does not tell its own: contained, in the Bundle by a URN,
    named by an identifier and a type.
    """

    def check(value: Any, run: Run) -> Findings:
        if type(value) is not dict:
            return None
        text = value.get("reference")
        if type(text) is str and text:
            target = run.resolve(text) if text.startswith(("#", "urn:")) else None
            return _led(value, target, profiles, rule, run) if target is not None else None
        return _led(value, None, profiles, rule, run) if "type" in value else None

    return check


def _led(value: Json, target: Json | None, profiles: list[str], rule: str, run: Run) -> Findings:
    """Whether a reference leads to a resource of a type, and of a profile, that is allowed."""
    name = target.get("resourceType") if target is not None else told_type(value, run)
    if type(name) is not str or not r4().is_resource(name):
        return None
    possible = []
    for url in profiles:
        type_ = _type_of(url, run)
        if type_ is None:
            return None  # a profile that is not held: `unknown` says so
        if type_ == name or r4().is_a(name, type_):
            possible.append(url)
    if not possible:
        types = ", ".join(sorted({_type_of(url, run) or url for url in profiles}))
        return [
            error(
                "value",
                rule,
                f"une référence à {name} n'est pas permise ici ; types possibles : {types}",
                f"a reference to {name} is not allowed here; possible types: {types}",
            )
        ]
    if any(url.removeprefix(R4) == name or url == R4 + "DomainResource" for url in possible):
        return None
    if target is None:
        text = value.get("reference")
        follows = run.outside is not None and type(text) is str and not text.startswith(("#", "urn:"))
        return _not_followed(quoted(text), possible, rule) if follows else None
    verdicts = [run.conforms((name, target, None), url) for url in possible]
    if True in verdicts or None in verdicts:
        return None
    listed = ", ".join(possible[:3]) + (", …" if len(possible) > 3 else "")
    return [
        error(
            "value",
            rule,
            f"la ressource désignée ({quoted(value.get('reference'))}) n'est pas conforme à {listed} ; corrigez-la, ou "
            "désignez-en une autre",
            f"the resource referred to ({quoted(value.get('reference'))}) does not conform to {listed}; correct it, or "
            "refer to another",
        )
    ]


def _not_followed(text: str, profiles: list[str], rule: str) -> Findings:
    """Where references are followed, one that leads to nothing that may be read is told: its profile was not checked."""
    listed = ", ".join(profiles[:3])
    return [
        Finding(
            "information",
            "informational",
            rule,
            f"la ressource désignée ({text}) n'est pas ici, ou vous ne pouvez pas la lire en entier : sa conformité à "
            f"{listed} n'est pas vérifiée",
            f"the resource referred to ({text}) is not here, or you may not read all of it: whether it conforms to "
            f"{listed} is not checked",
        )
    ]


def told_type(value: Json, run: Run) -> str | None:
    """The type that a Reference says that it leads to, whatever it holds; None when it says none."""
    try:
        return target_type(value, run.root)
    except (AttributeError, KeyError, TypeError):
        return None  # malformed: said elsewhere


def _type_of(url: str, run: Run) -> str | None:
    bare = url.removeprefix(R4)
    if r4().kind(bare) is not None:
        return bare
    found = run.profile(url)
    return found.type if found is not None else None


def _form(text: str, held: bool, aggregation: frozenset[str], versioning: str, rule: str) -> Findings:
    """Aggregation and versioning."""
    found: Findings = None
    if aggregation:
        inside = text.startswith("#")
        good = (
            (inside and "contained" in aggregation)
            or (not inside and "referenced" in aggregation)
            or (not inside and held and "bundled" in aggregation)
        )
        if not good:
            ways = ", ".join(sorted(aggregation))
            found = add(
                found,
                error(
                    "value",
                    rule,
                    f"la ressource désignée doit être donnée ainsi : {ways} (contained : dans la ressource ; bundled : dans "
                    "le Bundle ; referenced : ailleurs)",
                    f"the resource referred to must be given so: {ways} (contained: in the resource; bundled: in the "
                    "Bundle; referenced: elsewhere)",
                ),
            )
    versioned = "/_history/" in text
    if versioning == "specific" and not versioned and not text.startswith("#"):
        fr, en = (
            "la référence doit nommer une version (…/_history/1)",
            "the reference must name a version (…/_history/1)",
        )
        found = add(found, warning("value", rule, fr, en))
    if versioning == "independent" and versioned:
        fr, en = "la référence ne doit pas nommer de version", "the reference must not name a version"
        found = add(found, warning("value", rule, fr, en))
    return found
