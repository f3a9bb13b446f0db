"""Codes, identifiers, booleans: codes without case, systems to the letter. Source: FHIR R4 search.html#token."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from socle.kernel.fhir.keys import frequent_key, key
from socle.kernel.search.conditions import Coded, Condition, HasToken, Never, either
from socle.kernel.search.escapes import split, unescape
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.search.types.string import LONGEST
from socle.kernel.store.contract import Keys

MODIFIERS = frozenset({"not", "of-type", "in", "not-in", "above", "below"})
BOOLEAN = "http://hl7.org/fhir/special-values"


_MOST_REMEMBERED = 4_000  # codes per parameter


class _Coded(dict[tuple[str, str], tuple[int, ...]]):
    """Tokens of the codes of one parameter, by (system or "", code or ""), remembered."""

    def __init__(self, resource_type: str, name: str) -> None:
        self._of, self._name = resource_type, name

    def __missing__(self, coding: tuple[str, str]) -> tuple[int, ...]:
        system, code = coding
        folded = code.casefold()
        tokens = (
            [key("t", self._of, self._name, system, folded), key("c", self._of, self._name, folded)] if code else []
        )
        if system:
            tokens.append(key("s", self._of, self._name, system))
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self[coding] = found = tuple(tokens)
        return found


@lru_cache(maxsize=4096)
def _coded(resource_type: str, name: str) -> _Coded:
    return _Coded(resource_type, name)


def codes(parameter: Parameter, values: Sequence[tuple[str, Any]]) -> list[int]:
    """The tokens by which a code is named, with or without its system; none of the systems alone."""
    of, name = parameter.resource_type, parameter.name
    coded = _coded(of, name)
    toks: list[int] = []
    for kind, value in values:
        if kind == "CodeableConcept":
            for coding in value.get("coding", ()):
                if "code" in coding:
                    toks += coded[coding.get("system", ""), coding["code"]][:2]
        else:
            found = Keys()
            keys(parameter, [(kind, value)], found)
            system = value.get("system", "") if isinstance(value, dict) else BOOLEAN
            toks += [one for one in found.toks if one != key("s", of, name, system)]
    return toks


def texts(kind: str, value: Any) -> list[str]:
    """The codes of a value as they are written, without their systems."""
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if not isinstance(value, dict):
        return [str(value)]
    if kind == "CodeableConcept":
        return [coding["code"] for coding in value.get("coding", ()) if "code" in coding]
    text = value.get("value" if kind in ("Identifier", "ContactPoint") else "code")
    return [text] if text else []


def identifier_token(resource_type: str, name: str, system: str, value: str) -> int:
    """The token of `system|value`, for SQL written elsewhere."""
    return key("t", resource_type, name, system, value.casefold())


def coded(resource_type: str, name: str, system: str, code: str) -> int:
    """The token of `system|code`, or of the code alone when there is no system."""
    folded = code.casefold()
    return key("t", resource_type, name, system, folded) if system else key("c", resource_type, name, folded)


def walked(parameter: Parameter, code: str) -> tuple[int, str]:
    """The row that keeps a resource in order among those of its code, for a parameter that is `walked`."""
    return parameter.key, code.casefold()[:LONGEST]


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Add the tokens of codes, identifiers, contact points, booleans and strings."""
    of, name, toks = parameter.resource_type, parameter.name, into.toks
    if parameter.walked:
        into.strings.extend(walked(parameter, code) for kind, value in values for code in texts(kind, value))
    coded = _coded(of, name)
    for kind, value in values:
        if kind == "CodeableConcept":
            for coding in value.get("coding", ()):
                toks += coded[coding.get("system", ""), coding.get("code", "")]
        elif kind == "Identifier":
            _identifier(of, name, value, toks)
        elif isinstance(value, str):
            toks += coded["", value]
            if value in parameter.systems:
                toks += coded[parameter.systems[value], value]
        elif isinstance(value, bool):
            code = "true" if value else "false"
            toks += coded["", code]
            toks += coded[BOOLEAN, code]
        elif isinstance(value, dict):
            if kind == "ContactPoint":
                number = value.get("value", "")
                toks += coded[value.get("system", ""), number]
                toks += coded["", number]
            else:
                toks += coded[value.get("system", ""), value.get("code", "")]
        else:
            toks += coded["", str(value)]


def _identifier(of: str, name: str, value: dict[str, Any], toks: list[int]) -> None:
    text, system = value.get("value", ""), value.get("system", "")
    if system:
        toks.append(frequent_key("s", of, name, system))
    if not text:
        return
    folded = text.casefold()
    toks.append(key("t", of, name, system, folded))
    toks.append(key("c", of, name, folded))
    toks.extend(
        key("o", of, name, coding.get("system", ""), coding["code"].casefold(), folded)
        for coding in value.get("type", {}).get("coding", ())
        if "code" in coding
    )


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """`code`, `system|code`, `|code` (no system), `system|` (any code); `:of-type` takes `system|code|value`.

    `:in` and `:not-in` take a value set's URL, `:above` and `:below` a code with its system.
    """
    if modifier in ("in", "not-in"):
        within = either([_member(parameter, modifier, unescape(text)) for text in values])
        return Never(within) if modifier == "not-in" else within
    if modifier in ("above", "below"):
        return either([_related(parameter, modifier, text) for text in values])
    if modifier == "of-type":
        return either([HasToken((_of_type(parameter, text),)) for text in values])
    if (parameter.walked or parameter.paired) and not modifier and len(values) == 1:
        *systems, code = map(unescape, split(values[0], "|"))
        if code and len(code) <= LONGEST and len(systems) <= 1:
            walk = walked(parameter, code) if parameter.walked and not systems else None
            said = walked(parameter, code) if parameter.paired else None
            return HasToken((_token(parameter, values[0]),), walk, said)
    found = either([HasToken((_token(parameter, text),)) for text in values])
    return Never(found) if modifier == "not" else found


def _member(parameter: Parameter, modifier: str, url: str) -> Condition:
    if ":" not in url or url.startswith("#"):
        raise refuse(
            parameter.name,
            f"« {parameter.name}:{modifier} » demande l'URL canonique d'un jeu de valeurs.",
            f"“{parameter.name}:{modifier}” takes the canonical URL of a value set.",
        )
    return Coded(parameter.resource_type, parameter.name, "in", url)


def _related(parameter: Parameter, modifier: str, text: str) -> Condition:
    parts = [unescape(part) for part in split(text, "|")]
    if len(parts) != 2 or not all(parts):
        raise refuse(
            parameter.name,
            f"« {parameter.name}:{modifier} » demande un code avec son système : « système|code ».",
            f"“{parameter.name}:{modifier}” takes a code with its system: “system|code”.",
        )
    system, code = parts
    return Coded(parameter.resource_type, parameter.name, "above" if modifier == "above" else "below", code, system)


def _token(parameter: Parameter, text: str) -> int:
    of, name = parameter.resource_type, parameter.name
    parts = split(text, "|")
    if len(parts) == 1:
        return key("c", of, name, unescape(text).casefold())
    if len(parts) > 2 or not any(parts):
        raise refuse(
            name,
            f"« {name} » : écrivez un code, « système|code », « |code » ou « système| » "
            "(un « | » du code s'écrit « \\| »).",
            f"“{name}”: write a code, “system|code”, “|code” or “system|” (a “|” in the code is written “\\|”).",
        )
    system, code = map(unescape, parts)
    return key("t", of, name, system, code.casefold()) if code else key("s", of, name, system)


def _of_type(parameter: Parameter, text: str) -> int:
    parts = split(text, "|")
    if len(parts) != 3 or not all(parts):
        raise refuse(
            parameter.name,
            f"« {parameter.name}:of-type » demande trois parties : « système du type|code du type|valeur ».",
            f"“{parameter.name}:of-type” takes three parts: “type system|type code|value”.",
        )
    system, code, value = map(unescape, parts)
    return key("o", parameter.resource_type, parameter.name, system, code.casefold(), value.casefold())
