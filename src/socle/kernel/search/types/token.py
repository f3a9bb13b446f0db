"""Codes, identifiers, booleans: codes without case, systems to the letter. Source: FHIR R4 search.html#token."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.extract import Write
from socle.kernel.fhir.keys import frequent_key, key, key_after
from socle.kernel.search.conditions import Coded, Condition, HasToken, Never, either
from socle.kernel.search.escapes import split, unescape
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.search.types.remembered import Remembered
from socle.kernel.search.types.string import LONGEST
from socle.kernel.store.contract import Json, Keys

MODIFIERS = frozenset({"not", "of-type", "in", "not-in", "above", "below"})
BOOLEAN = "http://hl7.org/fhir/special-values"


class _Coded(Remembered[tuple[str, str], tuple[int, ...]]):
    """Tokens of the codes of one parameter, by (system or "", code or ""), remembered."""

    def __init__(self, resource_type: str, name: str) -> None:
        self._of, self._name = resource_type, name

    def told(self, coding: tuple[str, str], /) -> tuple[int, ...]:
        """Those of a code."""
        system, code = coding
        of, name, folded = self._of, self._name, code.casefold()
        named = (key("t", of, name, system, folded), key("c", of, name, folded)) if code else ()
        return (*named, key("s", of, name, system)) if system else named


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


class _Together(Remembered[tuple[str, str], tuple[int, ...]]):
    """Tokens of the codes of several parameters, as `_Coded`."""

    def __init__(self, each: Sequence[_Coded]) -> None:
        self._each = each

    def told(self, coding: tuple[str, str], /) -> tuple[int, ...]:
        """Those of a code."""
        return tuple(token for one in self._each for token in one.told(coding))


class _Said(Remembered[str | bool, tuple[int, ...]]):
    """Tokens of the bare codes, or booleans, of several parameters, remembered."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._parameters = parameters

    def told(self, value: str | bool, /) -> tuple[int, ...]:
        """Those of a code or a boolean."""
        found = Keys()
        for parameter in self._parameters:
            keys(parameter, (("", value),), found)
        return tuple(found.toks)


def writer(parameters: Sequence[Parameter], kind: str) -> Write | None:
    """What adds the tokens of a value of the FHIR type `kind`, for several parameters; None when nothing is quicker than
    `keys`.
    """
    if any(parameter.walked for parameter in parameters):
        return None
    mask = sum(1 << parameter.bit for parameter in parameters)
    if kind in ("CodeableConcept", "Coding"):
        each = [_coded(parameter.resource_type, parameter.name) for parameter in parameters]
        coded = each[0] if len(each) == 1 else _Together(each)
        return _concept(mask, coded) if kind == "CodeableConcept" else _coding(mask, coded)
    if kind == "Identifier":
        return _valued(mask, [_Values(parameter) for parameter in parameters])
    if kind == "ContactPoint":
        return _valued(mask, [_Values(parameter) for parameter in parameters], bare=True)
    if kind == "boolean" or r4().is_a(kind, "string") or r4().is_a(kind, "uri"):
        return _bare(mask, _Said(parameters))
    return None


def _concept(mask: int, coded: Mapping[tuple[str, str], tuple[int, ...]]) -> Write:
    def write(value: Json, root: Json, into: Keys) -> None:
        into.present |= mask
        if "coding" in value:
            toks = into.toks
            for coding in value["coding"]:
                toks += coded[coding.get("system", ""), coding.get("code", "")]

    return write


def _coding(mask: int, coded: Mapping[tuple[str, str], tuple[int, ...]]) -> Write:
    def write(value: Json, root: Json, into: Keys) -> None:
        into.present |= mask
        into.toks += coded[value.get("system", ""), value.get("code", "")]

    return write


def _bare(mask: int, said: _Said) -> Write:
    def write(value: str | bool, root: Json, into: Keys) -> None:
        into.present |= mask
        into.toks += said[value]

    return write


class _Values(Remembered[str, tuple[int, Callable[[str], int]]]):
    """Of one parameter, by system: the system's own token, and what answers the token of each value that it gives."""

    def __init__(self, parameter: Parameter) -> None:
        self._of, self._name = of, name = parameter.resource_type, parameter.name
        self.value = key_after("c", of, name)
        self.typed = _Typed(of, name)

    def told(self, system: str, /) -> tuple[int, Callable[[str], int]]:
        """Those of a system."""
        of, name = self._of, self._name
        return key("s", of, name, system), key_after("t", of, name, system)


class _Typed(Remembered[tuple[str, str], Callable[[str], int]]):
    """What answers the token of each value of a type of identifier (system, code)."""

    def __init__(self, resource_type: str, name: str) -> None:
        self._of, self._name = resource_type, name

    def told(self, coding: tuple[str, str], /) -> Callable[[str], int]:
        """Of a type."""
        system, code = coding
        return key_after("o", self._of, self._name, system, code.casefold())


def _valued(mask: int, each: Sequence[_Values], *, bare: bool = False) -> Write:
    """An identifier, as `_identifier`; or, `bare`, a telephone number or an address: without the kind of it too."""

    def write(value: Json, root: Json, into: Keys) -> None:
        into.present |= mask
        toks = into.toks
        text, system = value.get("value", ""), value.get("system", "")
        folded = text.casefold()
        for one in each:
            of_system, of_value = one[system]
            if system:
                toks.append(of_system)
            if text:
                toks.append(of_value(folded))
                toks.append(one.value(folded))
                if bare:
                    if system:
                        toks.append(one[""][1](folded))
                elif "type" in value:
                    for coding in value["type"].get("coding", ()):
                        if "code" in coding:
                            toks.append(one.typed[coding.get("system", ""), coding["code"]](folded))

    return write


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
