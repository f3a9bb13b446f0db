"""Names and texts: starts with, contains, exact. Source: FHIR R4 search.html#string."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.extract import Write
from socle.kernel.fhir.keys import key, key_after
from socle.kernel.search.conditions import Condition, HasToken, StringTest
from socle.kernel.search.escapes import unescape
from socle.kernel.search.normalise import normalise
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.search.types.remembered import Remembered
from socle.kernel.store.contract import Json, Keys

MODIFIERS = frozenset({"exact", "contains"})
LETTERS = 3
BEGUN = (2, 5)  # letters of the other beginnings that are tokens, where they are asked together (`Register.begun`)
LONGEST = 600  # characters of a value by which it is found: PostgreSQL indexes no more than 2,700 octets
PARTS = {
    "HumanName": frozenset({"family", "given", "prefix", "suffix", "text"}),
    "Address": frozenset({"line", "city", "district", "state", "postalCode", "country", "text"}),
}


_Told = tuple[tuple[int, ...], tuple[tuple[int, str], ...]]  # tokens and rows


class _Texts(Remembered[str, _Told]):
    """The tokens and the rows of each text of one parameter, remembered: no row when nothing is left of it."""

    def __init__(self, resource_type: str, name: str, param: int, begun: bool) -> None:
        self._of, self._name, self._param, self._begun = resource_type, name, param, begun
        self._exact = key_after("x", resource_type, name)

    def told(self, text: str, /) -> _Told:
        """Those of a text."""
        plain = normalise(text)[:LONGEST]
        exact = self._exact(text)
        if not plain:
            return (exact,), ()
        more = [begun(self._param, plain, size) for size in BEGUN if len(plain) >= size] if self._begun else []
        return (exact, beginning(self._of, self._name, plain), *more), ((self._param, plain),)


@lru_cache(maxsize=4096)
def _texts(resource_type: str, name: str, param: int, begun: bool) -> _Texts:
    return _Texts(resource_type, name, param, begun)


def beginning(resource_type: str, name: str, plain: str) -> int:
    """The token of the first letters of a normalised value: beside a rarer token, it spares reading most of the rows."""
    return key("n", resource_type, name, plain[:LETTERS])


def begun(param: int, plain: str, size: int) -> int:
    """The token of the first `size` letters of a normalised value of the parameter of this key.

    Letters and key are put together so that SQL can do it too: rows stored before a register asked for it receive theirs in
    its migration.
    """
    return param ^ int.from_bytes(plain[:size].encode()[:8].ljust(8, b"\0"), "big", signed=True)


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Add each string, or each part of a name or address."""
    texts = _texts(parameter.resource_type, parameter.name, parameter.key, parameter.begun)
    toks, strings = into.toks, into.strings
    for kind, value in values:
        for text in (value,) if isinstance(value, str) else _parts(kind, value):
            tokens, rows = texts[text]
            toks += tokens
            strings += rows


class _Together(Remembered[str, _Told]):
    """As `_Texts`, of several parameters."""

    def __init__(self, each: Sequence[_Texts]) -> None:
        self._each = each

    def told(self, text: str, /) -> _Told:
        """Those of a text."""
        found = [one.told(text) for one in self._each]
        return tuple(token for some, _ in found for token in some), tuple(row for _, rows in found for row in rows)


def _remembered(parameters: Sequence[Parameter]) -> dict[str, _Told]:
    each = [_texts(one.resource_type, one.name, one.key, one.begun) for one in parameters]
    return each[0] if len(each) == 1 else _Together(each)


def writer(parameters: Sequence[Parameter], kind: str, parts: Mapping[str, Sequence[Parameter]]) -> Write | None:
    """What adds the keys of a value of the FHIR type `kind`, for several parameters and those of some of its parts; None when
    nothing is quicker than `keys`.
    """
    mask = sum(1 << parameter.bit for parameter in parameters)
    if kind in PARTS:
        return _in_parts(
            mask,
            {
                name: (
                    sum(1 << parameter.bit for parameter in parts.get(name, ())),
                    _remembered((*parameters, *parts.get(name, ()))),
                )
                for name in PARTS[kind]
            },
        )
    return _whole(mask, _remembered(parameters)) if r4().is_a(kind, "string") or r4().is_a(kind, "uri") else None


def _whole(mask: int, texts: Mapping[str, _Told]) -> Write:
    def write(value: str, root: Json, into: Keys) -> None:
        into.present |= mask
        tokens, rows = texts[value]
        into.toks += tokens
        into.strings += rows

    return write


def _in_parts(mask: int, of_parts: Mapping[str, tuple[int, Mapping[str, _Told]]]) -> Write:
    def write(value: Json, root: Json, into: Keys) -> None:
        into.present |= mask
        toks, strings = into.toks, into.strings
        for name, part in value.items():
            if name in of_parts:
                bits, texts = of_parts[name]
                for text in (part,) if isinstance(part, str) else part:
                    if text is not None:
                        into.present |= bits
                        tokens, rows = texts[text]
                        toks += tokens
                        strings += rows

    return write


def plain_texts(values: Sequence[tuple[str, Any]]) -> list[str]:
    """The strings of values, as they are compared."""
    texts = [text for kind, value in values for text in ((value,) if isinstance(value, str) else _parts(kind, value))]
    return [plain for text in texts if (plain := normalise(text))]


def _parts(kind: str, value: dict[str, Any]) -> list[str]:
    names = PARTS.get(kind, frozenset())
    texts: list[str] = []
    for name, part in value.items():
        if name in names:
            if isinstance(part, str):
                texts.append(part)
            else:
                texts += [text for text in part if text is not None]
    return texts


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """Starts with (no modifier), `:contains`, both French-insensitive; `:exact` to the letter, accents included."""
    texts = [unescape(text) for text in values]
    if modifier == "exact":
        return HasToken(tuple(key("x", parameter.resource_type, parameter.name, text) for text in texts))
    plain = tuple(dict.fromkeys(normalise(text)[:LONGEST] for text in texts))
    if "" in plain:
        raise refuse(
            parameter.name,
            f"« {parameter.name} » : la valeur ne contient ni lettre ni chiffre ; « :exact » compare à la lettre.",
            f"“{parameter.name}”: the value holds no letter and no digit; “:exact” compares to the letter.",
        )
    if modifier == "contains":
        return StringTest(parameter.key, "contains", plain)
    starts = tuple(dict.fromkeys(_longest(parameter, text) for text in plain))
    usable = all(size for _, size in starts)
    whole = parameter.begun and all(len(text) in (LETTERS, *BEGUN) and text.isascii() for text in plain)
    return StringTest(parameter.key, "starts", plain, tuple(token for token, _ in starts) if usable else (), whole)


def _longest(parameter: Parameter, plain: str) -> tuple[int, int]:
    """The token of the longest beginning of `plain` that has one, and its letters; 0 when it is too short."""
    sizes = (LETTERS, *BEGUN) if parameter.begun else (LETTERS,)
    size = max((one for one in sizes if one <= len(plain)), default=0)
    if size == LETTERS:
        return beginning(parameter.resource_type, parameter.name, plain), size
    return (begun(parameter.key, plain, size), size) if size else (0, 0)
