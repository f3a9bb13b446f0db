"""One element of a differential laid on the element that it constrains. Source: FHIR R4 elementdefinition.html, the
table "rules about usage" of each member; profiling.html.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from socle.kernel.outcome import Text

Json = dict[str, Any]
Complain = Callable[[str, Text], None]  # rule, sentence
IsA = Callable[[str, str], bool]  # is this type that type, or derived from it?
Targets = Callable[[str], str]  # the type of resource of a profile

_PROSE: Final = ("definition", "comment", "requirements")  # "..." at the start adds to what was said
_LISTS: Final = ("alias", "code", "mapping", "condition", "example", "representation")
_ONE_OF: Final = ("fixed", "pattern", "minValue", "maxValue", "defaultValue")
_OWN: Final = frozenset(
    {"id", "path", "base", *_PROSE, *_LISTS, "constraint", "type", "binding", "min", "max", "extension"}
)
CARDINALITY: Final = "profiling.html#cardinality"  # the rule that a profile breaks when it widens
TARGETS: Final = "elementdefinition-definitions.html#ElementDefinition.type.targetProfile"
LIMITS: Final = "elementdefinition-definitions.html#ElementDefinition.maxLength"
PATTERN: Final = "elementdefinition-definitions.html#ElementDefinition.pattern_x_"
SLICING: Final = "elementdefinition-definitions.html#ElementDefinition.slicing"
# A profile that breaks these can be applied all the same: what it is based on, or what it says, still holds.
LOOSE: Final = frozenset({CARDINALITY, TARGETS, LIMITS, PATTERN, SLICING})
_RULES: Final = ("open", "openAtEnd", "closed")
_STRENGTHS: Final = ("example", "preferred", "extensible", "required")
_REFERRING: Final = frozenset({"Reference", "canonical", "CodeableReference"})


def lay(
    base: Json,
    stated: Json,
    *,
    source: str,
    complain: Complain,
    is_a: IsA,
    targets: Targets | None = None,
    fresh: bool = False,
) -> None:
    """Change `base` into what it is once `stated` constrains it; what `stated` may not do is told to `complain`.

    source   canonical URL of the profile, written on the constraints that it adds
    targets  the type of resource of a profile, "" when nobody knows it
    fresh    `base` is a slice that the profile makes: it may be there less often than what is sliced
    """
    _values(base, stated, complain)
    if "slicing" in stated:
        _slicing(base.get("slicing") or {}, stated["slicing"], complain)
    for name, value in stated.items():
        if name not in _OWN:
            if kind := _choice(name):
                for other in [one for one in base if _choice(one) == kind and one != name]:
                    if kind in ("fixed", "pattern"):
                        complain("eld-fixed", _differs(kind))
                    del base[other]
            if name.startswith("fixed") and base.get(name, value) != value:
                complain("eld-fixed", _differs("fixed"))
            if name in ("mustSupport", "isModifier") and base.get(name) is True and value is False:
                complain(f"eld-{name}", _loosened(name))
            base[name] = value
    for name in _PROSE:
        if name in stated:
            said = stated[name]
            more = isinstance(said, str) and said.startswith("...")
            base[name] = f"{base.get(name, '')}\r\n{said[3:]}" if more else said
    for name in _LISTS:
        if name in stated:
            base[name] = _union(base.get(name, []), stated[name])
    _cardinality(base, stated, complain, fresh)
    if "type" in stated:
        if targets is not None:
            _targets(base, stated["type"], complain, is_a, targets)
        _types(base, stated["type"], complain, is_a)
    if "binding" in stated:
        _binding(base, stated["binding"], complain)
    if "constraint" in stated:
        base["constraint"] = constraints(
            base.get("constraint", []), ({"source": source, **one} for one in stated["constraint"])
        )
    if "extension" in stated:
        urls = {one.get("url") for one in stated["extension"]}
        base["extension"] = [
            *(one for one in base.get("extension", []) if one.get("url") not in urls),
            *stated["extension"],
        ]


def constraints(held: Iterable[Json], more: Iterable[Json]) -> list[Json]:
    """Constraints accumulate; one of the same key takes the place of the other."""
    found = {one.get("key"): one for one in held}
    for one in more:
        found[one.get("key")] = one
    return list(found.values())


def fill(element: Json, usage: Json) -> Json:
    """An element that begins as the root of a profile of its type, with what the place where it is used says and the
    profile does not.
    """
    made = {name: value for name, value in element.items() if name not in ("sliceName", "slicing", "id", "base")}
    for name, value in usage.items():
        if name == "constraint":
            keys = {one.get("key") for one in made.get("constraint", [])}
            made[name] = [*made.get("constraint", []), *(one for one in value if one.get("key") not in keys)]
        elif name in ("base", "type", "path") or (name not in made and name != "slicing"):
            made[name] = value
    return made


def _values(base: Json, stated: Json, complain: Complain) -> None:
    """A longer text, a lower or a higher limit, a value that has not all that was asked for: told."""
    longest, held = stated.get("maxLength"), base.get("maxLength")
    if isinstance(longest, int) and isinstance(held, int) and longest > held:
        complain(LIMITS, _widened("maxLength", longest, held))
    for stem, sign in (("minValue", 1), ("maxValue", -1)):
        for name, value in stated.items():
            before = base.get(name)
            if not name.startswith(stem) or not _number(value) or not _number(before):
                continue  # dates and quantities are not compared here
            if (Decimal(str(value)) - Decimal(str(before))) * sign < 0:
                complain(LIMITS, _widened(name, value, before))
    wanted = next((value for name, value in base.items() if name.startswith("pattern")), None)
    for name, value in stated.items():
        if wanted is not None and name.startswith(("fixed", "pattern")) and not _has(value, wanted):
            complain(
                PATTERN,
                Text(
                    f"{name} n'a pas tout ce que demande ce que le profil contraint (pattern) ; ajoutez-y ce qui manque",
                    f"{name} has not all that what the profile constrains asks for (pattern); add what is missing",
                ),
            )


def _number(value: Any) -> bool:
    return type(value) in (int, float, Decimal)


def _has(value: Any, pattern: Any) -> bool:
    """Whether a value has all that a pattern has."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            name in value and _has(value[name], one) for name, one in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(_has(one, wanted) for one in value) for wanted in pattern)
    return bool(value == pattern)


def _widened(name: str, now: Any, before: Any) -> Text:
    return Text(
        f"{name} vaut {now}, et {before} dans ce que le profil contraint : un profil ne peut que resserrer",
        f"{name} is {now}, and {before} in what the profile constrains: a profile may only narrow",
    )


def _slicing(base: Json, stated: Json, complain: Complain) -> None:
    """Slices that were closed, ordered or told apart in some way stay so."""
    if [one.get("type") for one in base.get("discriminator", ())] == ["type"]:
        return  # those of a choice are closed by the types that it keeps
    now, before = stated.get("rules", "open"), base.get("rules", "open")
    if now in _RULES and before in _RULES and _RULES.index(now) < _RULES.index(before):
        complain(
            SLICING,
            Text(
                f"le découpage passe de {before} à {now} : un profil ne peut pas le relâcher",
                f"the slicing goes from {before} to {now}: a profile may not loosen it",
            ),
        )
    if base.get("ordered") is True and stated.get("ordered") is False:
        complain(
            SLICING,
            Text(
                "l'ordre des tranches était imposé : un profil ne peut pas le libérer",
                "the order of slices was imposed: a profile may not free it",
            ),
        )
    told = [(one.get("type"), one.get("path")) for one in stated.get("discriminator", ())]
    if told and any((one.get("type"), one.get("path")) not in told for one in base.get("discriminator", ())):
        complain(
            SLICING,
            Text(
                "les tranches se reconnaissent déjà autrement (discriminator) : un profil peut en ajouter, pas en changer",
                "the slices are told apart in another way already (discriminator): a profile may add to it, not change it",
            ),
        )


def _targets(base: Json, stated: list[Json], complain: Complain, is_a: IsA, targets: Targets) -> None:
    """References lead to resources of types that were allowed."""
    for one in stated:
        held = [before for before in base.get("type", []) if before.get("code") == one.get("code")]
        allowed = [targets(url) for before in held for url in before.get("targetProfile", [])]
        if not allowed or "" in allowed or any(not before.get("targetProfile") for before in held):
            continue
        for url in one.get("targetProfile", []):
            type_ = targets(url)
            if type_ and not any(is_a(type_, kept) for kept in allowed):
                shown = ", ".join(dict.fromkeys(allowed[:8]))
                complain(
                    TARGETS,
                    Text(
                        f"une référence à {type_} n'est pas permise par ce que le profil contraint ({shown})",
                        f"a reference to {type_} is not allowed by what the profile constrains ({shown})",
                    ),
                )


def _cardinality(base: Json, stated: Json, complain: Complain, fresh: bool) -> None:
    """What widens is told, and the narrower stays."""
    if "min" in stated:
        least = stated["min"]
        if isinstance(least, int) and least < base.get("min", 0) and not fresh:
            complain(
                CARDINALITY,
                Text(
                    f"min vaut {least}, moins que {base.get('min', 0)} dans ce que le profil contraint : un profil ne peut "
                    "que resserrer",
                    f"min is {least}, less than {base.get('min', 0)} in what the profile constrains: a profile may only "
                    "narrow",
                ),
            )
        else:
            base["min"] = least
    if "max" in stated:
        most = stated["max"]
        if _bound(most) > _bound(base.get("max", "*")):
            complain(
                CARDINALITY,
                Text(
                    f"max vaut {most}, plus que {base.get('max', '*')} dans ce que le profil contraint : un profil ne peut "
                    "que resserrer",
                    f"max is {most}, more than {base.get('max', '*')} in what the profile constrains: a profile may only "
                    "narrow",
                ),
            )
        else:
            base["max"] = most
    if ("min" in stated or "max" in stated) and base.get("min", 0) > _bound(base.get("max", "*")):
        complain(
            "eld-2",
            Text(
                f"min ({base['min']}) dépasse max ({base['max']})", f"min ({base['min']}) exceeds max ({base['max']})"
            ),
        )


def _bound(most: Any) -> float:
    return int(most) if isinstance(most, str) and most.isascii() and most.isdigit() else float("inf")


def _types(base: Json, stated: list[Json], complain: Complain, is_a: IsA) -> None:
    allowed = [str(one.get("code", "")) for one in base.get("type", [])]
    for one in stated:
        code = str(one.get("code", ""))
        if allowed and not any(code == held or held in ("*", "Element", "Any") or is_a(code, held) for held in allowed):
            shown = ", ".join(allowed[:8])
            complain(
                "profiling.html#types",
                Text(
                    f"le type {code} n'est pas un de ceux que l'élément permet ({shown})",
                    f"type {code} is none of those that the element allows ({shown})",
                ),
            )
    base["type"] = stated


def _binding(base: Json, stated: Json, complain: Complain) -> None:
    before = base.get("binding", {})
    if before.get("strength") == "required" and stated.get("strength", "required") != "required":
        complain(
            "profiling.html#binding",
            Text(
                f"la liaison passe de required à {stated['strength']} : un profil ne peut pas l'affaiblir",
                f"the binding goes from required to {stated['strength']}: a profile may not weaken it",
            ),
        )
    base["binding"] = {**before, **stated}


def _union(held: list[Any], more: list[Any]) -> list[Any]:
    return [*held, *(one for one in more if one not in held)]


_CHOICE = re.compile(rf"({'|'.join(_ONE_OF)})[A-Z]", re.ASCII)


def _choice(name: str) -> str:
    found = _CHOICE.match(name)
    return found[1] if found else ""


def _differs(kind: str) -> Text:
    return Text(
        f"la valeur imposée ({kind}) n'est pas celle que le profil contraint impose déjà",
        f"the value imposed ({kind}) is not the one that what the profile constrains already imposes",
    )


def _loosened(name: str) -> Text:
    return Text(
        f"{name} était vrai dans ce que le profil contraint, et ne peut devenir faux",
        f"{name} was true in what the profile constrains, and cannot become false",
    )


def single_profile(element: Json) -> str:
    """The profile of the element's type, when it has one type with one profile that is not that of a target."""
    types = element.get("type", [])
    if len(types) != 1 or types[0].get("code") in _REFERRING:
        return ""
    profiles = types[0].get("profile", [])
    return str(profiles[0]) if len(profiles) == 1 else ""
