"""Text → constraint, or a Problem that names the place. Bounded whatever the text.

The brief syntax of ECL 2.2, but for alternate identifiers, fields of members, member filters ({{ M … }}), dialect filters and
history supplements ({{ + HISTORY }}), which are refused where they stand.
"""

import re
from collections.abc import Callable
from typing import Final, Literal, NoReturn, TypeVar

from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.ecl.model import (
    Any,
    Attribute,
    Both,
    Comparison,
    Constraint,
    Described,
    Dotted,
    Filter,
    Filtered,
    Focus,
    Group,
    Joined,
    MemberOf,
    Minus,
    Named,
    Refined,
    Refinement,
    Step,
    Stepped,
)

LONGEST: Final = 20_000
DEEPEST: Final = 40
_RULE: Final = "ECL 2.2"
_BLANK: Final = re.compile(r"(?:\s|/\*(?:[^*]|\*(?!/))*\*/)*")
_SCTID: Final = re.compile(r"[1-9]\d{5,17}(?!\d)")
_TERM: Final = re.compile(r"\|[^|]*\|")
_WORD: Final = re.compile(r"[A-Za-z]+")
_CARDINALITY: Final = re.compile(r"\[\s*(\d{1,6})\s*\.\.\s*(\d{1,6}|\*)\s*\]")
_NUMBER: Final = re.compile(r"#([+-]?\d{1,30}(?:\.\d{1,30})?)")
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_COMPARISON: Final = re.compile(r"!=|<=|>=|<|>|=")
_STEPS: Final[tuple[Step, ...]] = ("<<!", ">>!", "!!<", "!!>", "<<", ">>", "<!", ">!", "<", ">")
_PROPERTIES: Final = ("active", "definitionStatus", "moduleId", "effectiveTime")
_STATUSES: Final = {"primitive": "false", "defined": "true"}
_KINDS: Final = ("syn", "fsn", "def")
_T = TypeVar("_T")


def parse(text: str) -> Constraint:
    """The constraint that a text writes. Raises: Problem(INVALID) saying where and what was expected."""
    if len(text) > LONGEST:
        raise Problem.of(
            Kind.TOO_LARGE,
            f"Expression ECL de plus de {LONGEST} caractères.",
            f"ECL expression of more than {LONGEST} characters.",
            rule=_RULE,
        )
    reader = _Reader(text)
    found = reader.expression()
    reader.blank()
    if reader.at < len(text):
        reader.fail(
            "la fin de l'expression, ou AND, OR, MINUS, « : »", "the end of the expression, or AND, OR, MINUS, “:”"
        )
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    # -- constraints ---------------------------------------------------------------------------------------------------

    def expression(self) -> Constraint:
        return self._deeper(self._expression)

    def _expression(self) -> Constraint:
        found = self._sub()
        if self.taken(":"):
            return Refined(found, self._refinement())
        if self.peek() == ".":
            while self.taken("."):
                found = Dotted(found, self._sub())
            return found
        kind = self._joint()
        if kind == "MINUS":
            return Minus(found, self._sub())
        if kind is None:
            return found
        parts = [found, self._sub()]
        while (following := self._joint()) is not None:
            if following != kind:
                self.fail(
                    f"des parenthèses : {kind} et {following} se mêlent",
                    f"parentheses: {kind} and {following} are mixed",
                )
            parts.append(self._sub())
        return Joined(kind, tuple(parts))

    def _sub(self) -> Constraint:
        return self._deeper(self._sub_)

    def _sub_(self) -> Constraint:
        step = next((each for each in _STEPS if self.taken(each)), None)
        member = self.taken("^")
        if member and self.peek() == "[":
            self.fail(
                "pas de champs choisis ([…]) après ^ : ils ne sont pas lus", "no chosen fields ([…]) after ^: not read"
            )
        found: Constraint
        if self.taken("("):
            found = self._expression()
            self.need(")")
        elif self.taken("*"):
            found = Any()
        else:
            found = self._concept()
        if member:
            found = MemberOf(found)
        if step is not None:
            found = Stepped(step, found)
        while self.taken("{{"):
            found = Filtered(found, self._filters())
        return found

    def _concept(self) -> Focus:
        code = self.match(_SCTID)
        if code is None:
            self.fail(
                "un identifiant de concept, *, ^ ou une parenthèse", "a concept identifier, *, ^ or a parenthesis"
            )
        self.match(_TERM)
        return Focus(code)

    def _joint(self) -> Literal["AND", "OR", "MINUS"] | None:
        """The operator that follows, taken; a comma is AND, but not inside a refinement's attribute set."""
        word = self.word()
        if word in ("AND", "OR", "MINUS"):
            self.match(_WORD)
            return word  # type: ignore[return-value]  # narrowed by the tuple
        if self.taken(","):
            return "AND"
        return None

    # -- refinements ---------------------------------------------------------------------------------------------------

    def _refinement(self) -> Refinement:
        return self._deeper(lambda: self._chain(self._part))

    def _chain(self, part: Callable[[], Refinement]) -> Refinement:
        parts = [part()]
        kind: Literal["AND", "OR"] | None = None
        while True:
            word = self.word()
            following: Literal["AND", "OR"] | None = (
                "AND" if word == "AND" or self.peek() == "," else "OR" if word == "OR" else None
            )
            if following is None:
                break
            if kind not in (None, following):
                self.fail("des parenthèses : AND et OR se mêlent", "parentheses: AND and OR are mixed")
            kind = following
            if not self.taken(","):
                self.match(_WORD)
            parts.append(part())
        return parts[0] if kind is None else Both(kind, tuple(parts))

    def _part(self) -> Refinement:
        mark = self.at
        if self.taken("("):
            # "(" opens a refinement, or the constraint that names an attribute.
            try:
                inner = self._refinement()
                self.need(")")
            except Problem:
                self.at = mark
            else:
                if not self._compares():
                    return inner
                self.at = mark
            return self._attribute(1, None)
        least, most = self._cardinality()
        if self.taken("{"):
            inner = self._deeper(lambda: self._chain(self._inside))
            self.need("}")
            return Group(inner, least, most)
        return self._attribute(least, most)

    def _inside(self) -> Refinement:
        mark = self.at
        if self.taken("("):
            try:
                inner = self._deeper(lambda: self._chain(self._inside))
                self.need(")")
            except Problem:
                self.at = mark
            else:
                if not self._compares():
                    return inner
                self.at = mark
            return self._attribute(1, None)
        return self._attribute(*self._cardinality())

    def _compares(self) -> bool:
        self.blank()
        return _COMPARISON.match(self.text, self.at) is not None

    def _cardinality(self) -> tuple[int, int | None]:
        self.blank()
        found = _CARDINALITY.match(self.text, self.at)
        if found is None:
            return 1, None
        self.at = found.end()
        least, most = int(found[1]), None if found[2] == "*" else int(found[2])
        if most is not None and most < least:
            self.fail("un maximum au moins égal au minimum", "a maximum not below the minimum")
        return least, most

    def _attribute(self, least: int, most: int | None) -> Attribute:
        reverse = self.word() == "R"
        if reverse:
            self.match(_WORD)
        name = self._sub()
        comparison = self._comparison()
        number = self.match(_NUMBER, group=1)
        if number is not None:
            return Attribute(name, comparison, number, "number", reverse, least, most)
        if comparison not in ("=", "!="):
            self.fail("un nombre (#…) après cette comparaison", "a number (#…) after this comparison")
        string = self._string()
        if string is not None:
            return Attribute(name, comparison, string, "string", reverse, least, most)
        if self.word() in ("TRUE", "FALSE"):
            return Attribute(name, comparison, (self.match(_WORD) or "").lower(), "boolean", reverse, least, most)
        return Attribute(name, comparison, self._sub(), "", reverse, least, most)

    def _comparison(self) -> Comparison:
        found = self.match(_COMPARISON)
        if found is None:
            self.fail("=, !=, <, <=, > ou >=", "=, !=, <, <=, > or >=")
        return found  # type: ignore[return-value]  # one of the pattern's words

    # -- filters -------------------------------------------------------------------------------------------------------

    def _filters(self) -> tuple[Filter, ...]:
        kind = ""
        if self.word() in ("C", "D", "M"):
            kind = self.match(_WORD) or ""
        if kind.upper() == "M" or self.peek() == "+":
            self.fail(
                "un filtre de description (D) ou de concept (C) : les autres ne sont pas lus",
                "a description filter (D) or a concept filter (C): others are not read",
            )
        names: list[Named] = []
        found: list[Filter] = []
        while True:
            one = self._filter()
            (names if isinstance(one, Named) else found).append(one)  # type: ignore[arg-type]
            if not self.taken(","):
                break
        self.need("}}")
        return (*([_merged(names)] if names else []), *found)

    def _filter(self) -> Filter:
        word = self.match(_WORD)
        if word == "term":
            comparison = self._equality()
            return Named(terms=self._terms(), different=comparison == "!=")
        if word == "language":
            self._equal()
            return Named(languages=tuple(each.lower() for each in self._set(self._letters)))
        if word in ("type", "typeId"):
            self._equal()
            return Named(kinds=self._set(self._type))
        if word in ("definitionStatus", "definitionStatusId"):
            comparison = self._equality()
            return Described("definitionStatus", comparison, self._set(self._status))
        if word == "active":
            comparison = self._equality()
            said = (self.match(re.compile(r"true|false|1|0")) or "").replace("1", "true").replace("0", "false")
            if not said:
                self.fail("true ou false", "true or false")
            return Described("active", comparison, (said,))
        if word == "moduleId":
            comparison = self._equality()
            return Described("moduleId", comparison, self._set(lambda: self._concept().code))
        if word == "effectiveTime":
            comparison = self._comparison()
            return Described("effectiveTime", comparison, self._set(self._day))
        self.fail(
            "term, language, type, active, definitionStatus, moduleId ou effectiveTime",
            "term, language, type, active, definitionStatus, moduleId or effectiveTime",
        )

    def _terms(self) -> tuple[tuple[Literal["match", "wild"], str], ...]:
        def one() -> tuple[Literal["match", "wild"], str]:
            how: Literal["match", "wild"] = "match"
            word = self.word()
            if word in ("MATCH", "WILD"):
                self.match(_WORD)
                self.need(":")
                how = "wild" if word == "WILD" else "match"
            text = self._string()
            if not text or not text.strip():
                self.fail("un texte entre guillemets", "a text between quotes")
            return how, text

        return self._set(one)

    def _set(self, one: Callable[[], _T]) -> tuple[_T, ...]:
        """One, or several between parentheses."""
        if not self.taken("("):
            return (one(),)
        found = [one()]
        while not self.taken(")"):
            self.taken(",")
            found.append(one())
        return tuple(found)

    def _letters(self) -> str:
        found = self.match(re.compile(r"[A-Za-z]{2}\b"))
        return found or self.fail("une langue de deux lettres", "a language of two letters")

    def _type(self) -> str:
        word = self.match(re.compile("|".join(_KINDS), re.IGNORECASE))
        return word.lower() if word else self._concept().code

    def _status(self) -> str:
        word = self.match(re.compile("|".join(_STATUSES), re.IGNORECASE))
        return _STATUSES[word.lower()] if word else self.fail("primitive ou defined", "primitive or defined")

    def _day(self) -> str:
        found = self.match(re.compile(r'"(\d{8})"'), group=1)
        return (
            f"{found[:4]}-{found[4:6]}-{found[6:]}" if found else self.fail('une date "AAAAMMJJ"', 'a date "YYYYMMDD"')
        )

    def _equality(self) -> Comparison:
        comparison = self._comparison()
        if comparison not in ("=", "!="):
            self.fail("= ou !=", "= or !=")
        return comparison

    def _equal(self) -> None:
        if self._comparison() != "=":
            self.fail("=", "=")

    def _string(self) -> str | None:
        found = self.match(_STRING, group=1)
        return None if found is None else re.sub(r"\\(.)", r"\1", found)

    # -- characters ----------------------------------------------------------------------------------------------------

    def blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def peek(self) -> str:
        self.blank()
        return self.text[self.at : self.at + 1]

    def word(self) -> str:
        """The word that follows, in capitals, not taken."""
        self.blank()
        found = _WORD.match(self.text, self.at)
        return found[0].upper() if found else ""

    def taken(self, symbol: str) -> bool:
        self.blank()
        if not self.text.startswith(symbol, self.at):
            return False
        self.at += len(symbol)
        return True

    def need(self, symbol: str) -> None:
        if not self.taken(symbol):
            self.fail(f"« {symbol} »", f"“{symbol}”")

    def match(self, pattern: "re.Pattern[str]", *, group: int = 0) -> str | None:
        self.blank()
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[group]

    def fail(self, fr: str, en: str) -> NoReturn:
        rest = self.text[self.at : self.at + 30] or "…"
        raise Problem.of(
            Kind.INVALID,
            f"Expression ECL, caractère {self.at + 1} (« {rest} ») : attendu {fr}.",
            f"ECL expression, character {self.at + 1} (“{rest}”): expected {en}.",
            rule=_RULE,
        )

    def _deeper(self, read: Callable[[], _T]) -> _T:
        self.depth += 1
        if self.depth > DEEPEST * 2:
            self.fail(f"au plus {DEEPEST} niveaux de parenthèses", f"at most {DEEPEST} levels of parentheses")
        try:
            return read()
        finally:
            self.depth -= 1


def _merged(names: list[Named]) -> Named:
    """Filters of one pair of braces are about one and the same description."""
    return Named(
        terms=next((each.terms for each in names if each.terms), ()),
        languages=next((each.languages for each in names if each.languages), ()),
        kinds=next((each.kinds for each in names if each.kinds), ()),
        different=any(each.different for each in names),
    )
