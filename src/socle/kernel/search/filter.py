"""`_filter`: a question written as a sentence, read into the same conditions as parameters are.

    given eq "peter" and (birthdate ge 2014-10-10 or not (gender eq male))

`and` and `or` are taken from left to right, none before the other. Source: FHIR R4 search_filter.html.
"""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from socle.kernel.search import follow
from socle.kernel.search.conditions import Condition, DateTest, Missing, Never, RefersTo, StringTest, both, either
from socle.kernel.search.escapes import escape
from socle.kernel.search.normalise import normalise
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.refusal import refuse, unsupported
from socle.kernel.search.types import date as dates
from socle.kernel.search.types import reference as references

if TYPE_CHECKING:
    from socle.kernel.search.criterion import Criteria

NAME: Final = "_filter"
RULE: Final = "FHIR R4 search_filter.html"
LONGEST: Final = 8_000  # characters
DEEPEST: Final = 16  # parentheses and brackets within each other
MOST: Final = 100  # comparisons

_ORDERED = ("gt", "lt", "ge", "le", "ap", "sa", "eb")
_OPERATORS: Final = {
    "string": ("eq", "ne", "co", "sw", "ew", "pr"),
    "token": ("eq", "ne", "ss", "sb", "in", "ni", "pr"),
    "reference": ("eq", "ne", "re", "pr"),
    "uri": ("eq", "ne", "pr"),
    "date": ("eq", "ne", *_ORDERED, "po", "pr"),
    "number": ("eq", "ne", *_ORDERED, "pr"),
    "quantity": ("eq", "ne", *_ORDERED, "pr"),
}
_EVERY: Final = frozenset(one for some in _OPERATORS.values() for one in some)
_WORD = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\")|(?P<mark>[()\[\]])|(?P<word>[^\s()\[\]\"]+))", re.DOTALL
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*(?::[A-Z][A-Za-z]*)?")


@dataclass(slots=True)
class _Token:
    kind: str  # "text", "mark", "word"; "end"
    said: str
    at: int


def parse(criteria: "Criteria", of: str, text: str) -> Condition:
    """The condition that a filter on resources of type `of` asks.

    Raises: Problem(INVALID) that says where it is not understood, or which bound it passes.
    """
    if len(text) > LONGEST:
        raise _costly(f"plus de {LONGEST} caractères", f"more than {LONGEST} characters")
    return _Reader(criteria, _tokens(text)).whole(of)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _WORD.match(text, at)
        if not match:
            _refuse(at, "une chaîne n'est pas fermée", "a string is not closed")
        kind = match.lastgroup or ""
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    found.append(_Token("end", "", len(text)))
    return found


class _Reader:
    def __init__(self, criteria: "Criteria", tokens: list[_Token]) -> None:
        self.criteria = criteria
        self.tokens = tokens
        self.place = 0
        self.depth = 0
        self.tests = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.next
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def expect(self, mark: str) -> None:
        token = self.take()
        if token.kind != "mark" or token.said != mark:
            _refuse(token.at, f"« {mark} » est attendu", f"“{mark}” is expected")

    def whole(self, of: str) -> Condition:
        found = self.filter(of)
        if self.next.kind != "end":
            _refuse(self.next.at, "« and », « or » ou la fin est attendu", "“and”, “or” or the end is expected")
        return found

    def filter(self, of: str) -> Condition:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _costly(f"plus de {DEEPEST} niveaux de parenthèses", f"more than {DEEPEST} levels of parentheses")
        found = self.term(of)
        while self.next.kind == "word" and self.next.said in ("and", "or"):
            operator = self.take().said
            other = self.term(of)
            found = both([found, other]) if operator == "and" else either([found, other])
        self.depth -= 1
        return found

    def term(self, of: str) -> Condition:
        token = self.next
        if token.kind == "word" and token.said == "not" and self.tokens[self.place + 1].said == "(":
            self.take()
            return Never(self.between(of))
        if token.kind == "mark" and token.said == "(":
            return self.between(of)
        if token.kind == "word" and token.said == "not" and self.tokens[self.place + 1].said not in _EVERY:
            _refuse(token.at, "« not » prend une parenthèse : not (…)", "“not” takes a parenthesis: not (…)")
        return self.test(of)

    def between(self, of: str) -> Condition:
        self.expect("(")
        found = self.filter(of)
        self.expect(")")
        return found

    def test(self, of: str) -> Condition:
        self.tests += 1
        if self.tests > MOST:
            raise _costly(f"plus de {MOST} comparaisons", f"more than {MOST} comparisons")
        token = self.take()
        if token.kind != "word":
            _refuse(token.at, "un nom de paramètre est attendu", "the name of a parameter is expected")
        return self.path(of, token.said.split("."), token.at, 0)

    def path(self, of: str, names: list[str], at: int, depth: int) -> Condition:
        """What is asked at the end of a path: `subject.name`, `subject[gender eq male].name`."""
        name = names[0]
        if not _NAME.fullmatch(name):
            _refuse(
                at, f"« {name[:40]} » n'est pas un nom de paramètre", f"“{name[:40]}” is not the name of a parameter"
            )
        if depth > self.criteria.deepest:
            raise _costly("trop de références suivies", "too many references followed")
        bracketed = len(names) == 1 and self.next.kind == "mark" and self.next.said == "["
        if len(names) == 1 and not bracketed:
            return self.comparison(of, name, at)
        base, _, target = name.partition(":")
        parameter = self.criteria.reference(of, base, NAME)
        place = self.place
        if not bracketed:
            target = follow.aimed(self.criteria, parameter, target, names[1], NAME)
            inner = self.path(target, names[1:], at, depth + 1)
            return self.led(of, base, target, inner)
        rest = self._after_bracket()
        target = follow.aimed(self.criteria, parameter, target, rest[0], NAME)
        end, self.place = self.place, place
        self.expect("[")
        held = self.filter(target)
        self.expect("]")
        self.place = end
        return self.led(of, base, target, both([held, self.path(target, rest, at, depth + 1)]))

    def led(self, of: str, base: str, target: str, inner: Condition) -> Condition:
        """A reference that leads to what satisfies `inner`, where whoever asks may see both."""
        criteria = self.criteria
        return criteria.hidden(of, base, RefersTo(references.token(of, base), target, criteria.limited(target, inner)))

    def _after_bracket(self) -> list[str]:
        """The path that follows a bracket, found by skipping what the bracket holds."""
        open_, at = 0, self.next.at
        while self.next.kind != "end":
            token = self.take()
            open_ += {"[": 1, "]": -1}.get(token.said, 0) if token.kind == "mark" else 0
            if not open_:
                break
        token = self.take() if self.next.kind == "word" else _Token("end", "", at)
        if not token.said.startswith(".") or len(token.said) < 2:
            _refuse(token.at, "« ].paramètre » est attendu", "“].parameter” is expected")
        return token.said[1:].split(".")

    def comparison(self, of: str, name: str, at: int) -> Condition:
        operator, value = self.take(), self.take()
        if operator.kind != "word" or operator.said not in _EVERY:
            _refuse(
                operator.at,
                f"une comparaison est attendue ({', '.join(sorted(_EVERY))})",
                f"a comparison is expected ({', '.join(sorted(_EVERY))})",
            )
        if value.kind not in ("word", "text"):
            _refuse(value.at, "une valeur est attendue", "a value is expected")
        return self.compared(of, name, operator.said, _value(value), value.at)

    def compared(self, of: str, name: str, operator: str, value: str, at: int) -> Condition:
        criteria = self.criteria
        if name in ("_id", "id"):
            self.only(name, operator, ("eq", "ne"))
            found = criteria.condition(of, "_id", escape(value))
            return Never(found) if operator == "ne" else found
        if name == "_lastUpdated":
            self.only(name, operator, ("eq", "ne", *_ORDERED))
            return criteria.condition(of, name, f"{operator}{value}")
        parameter = criteria.parameter(of, name, NAME)
        if parameter.type not in _OPERATORS:
            raise unsupported(
                NAME,
                f"« _filter » ne compare pas « {name} » ({parameter.type}) ; donnez-le comme paramètre à part.",
                f"“_filter” does not compare “{name}” ({parameter.type}); give it as a parameter of its own.",
            )
        self.only(name, operator, _OPERATORS[parameter.type])
        if operator == "pr":
            if value not in ("true", "false"):
                _refuse(at, "« pr » demande true ou false", "“pr” takes true or false")
            return criteria.hidden(of, name, Missing(parameter.bit, value == "false"))
        return criteria.hidden(of, name, self.valued(of, name, parameter, operator, value))

    def valued(self, of: str, name: str, parameter: Parameter, operator: str, value: str) -> Condition:
        """`name operator value`, where a value is compared; `parameter` is what `name` stands for to whoever asks."""
        ask = self.criteria.condition
        kind = parameter.type
        if kind == "string":
            return _string(parameter, operator, value)
        if kind == "date" and operator == "po":
            test = dates.test(parameter, f"eq{value}", self.criteria.context)
            return DateTest(test.param, "ap", test.lo, test.hi, test.principal, test.single, test.short, test.long)
        if kind in ("date", "number", "quantity"):
            return ask(of, name, operator + escape(value).replace("\\|", "|"))
        if operator in ("in", "ni"):
            return ask(of, f"{name}:{'in' if operator == 'in' else 'not-in'}", escape(value))
        written = escape(value).replace("\\|", "|") if kind == "token" else escape(value)
        if operator in ("ss", "sb"):
            return ask(of, f"{name}:{'below' if operator == 'ss' else 'above'}", written)
        found = ask(of, name, written)
        # Of codes and references only what is there is known: “unequal” is said of those that have some, and not this one.
        return both([Missing(parameter.bit, False), Never(found)]) if operator == "ne" else found

    def only(self, name: str, operator: str, offered: tuple[str, ...]) -> None:
        if operator not in offered:
            raise refuse(
                NAME,
                f"« _filter » : « {name} » se compare par {', '.join(offered)}, pas par « {operator} ».",
                f"“_filter”: “{name}” is compared by {', '.join(offered)}, not by “{operator}”.",
                rule=RULE,
            )


def _string(parameter: Parameter, operator: str, value: str) -> Condition:
    """Strings without case or accents, as everywhere."""
    plain = normalise(value)
    if not plain:
        raise refuse(
            NAME,
            f"« _filter » : la valeur de « {parameter.name} » ne contient ni lettre ni chiffre.",
            f"“_filter”: the value of “{parameter.name}” holds no letter and no digit.",
            rule=RULE,
        )
    how: Any = {"co": "contains", "sw": "starts", "ew": "ends"}.get(operator, "equals")
    found = StringTest(parameter.key, how, (plain,))
    return both([Missing(parameter.bit, False), Never(found)]) if operator == "ne" else found


def _value(token: _Token) -> str:
    if token.kind == "word":
        return token.said
    try:
        text = json.loads(token.said)
    except ValueError:
        _refuse(token.at, "une chaîne s'écrit comme en JSON", "a string is written as in JSON")
    assert isinstance(text, str)
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        _refuse(token.at, "un caractère n'existe pas", "a character does not exist")
    return text


def _refuse(at: int, fr: str, en: str) -> NoReturn:
    raise refuse(NAME, f"« _filter », caractère {at + 1} : {fr}.", f"“_filter”, character {at + 1}: {en}.", rule=RULE)


def _costly(fr: str, en: str) -> Exception:
    return refuse(NAME, f"« _filter » a {fr}.", f"“_filter” has {en}.", code="too-costly", rule=RULE)
