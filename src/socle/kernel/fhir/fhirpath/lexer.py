"""Text → tokens. Source: FHIRPath N1, "Lexical elements" and appendix A."""

import re
from dataclasses import dataclass
from typing import Literal

from socle.kernel.fhir.fhirpath.errors import Place

TokenKind = Literal["word", "quoted", "string", "number", "moment", "special", "external", "sign", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """kind, text without its marks (quotes, @, $, %), position from 0 and that of what comes after."""

    kind: TokenKind
    text: str
    at: int
    end: int


_CLOCK = r"[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+|//[^\r\n]*|/\*(?:[^*]|\*(?!/))*\*/)"
    rf"|@(?P<moment>T{_CLOCK}|[0-9]{{4}}(?:-[0-9]{{2}}(?:-[0-9]{{2}})?)?(?:T(?:{_CLOCK}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?)?)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<quoted>`(?:[^`\\]|\\.)*`)"
    r"|\$(?P<special>this|index|total)\b"
    r"|%(?P<external>[A-Za-z_][A-Za-z0-9_\-]*|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign><=|>=|!=|!~|/(?!\*)|[-+*&|<>=~.,()\[\]{}])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"r": "\r", "n": "\n", "t": "\t", "f": "\f"}


def tokens(expression: str) -> list[Token]:
    """The tokens of an expression, the last one of kind "end".

    Raises: Problem(INVALID) at the first character that begins no token.
    """
    found: list[Token] = []
    at, end = 0, len(expression)
    while at < end:
        match = _TOKEN.match(expression, at)
        if match is None:
            raise Place(expression, at).problem(*_told(expression, at), code="structure")
        kind = match.lastgroup
        if kind != "space":
            text = match[kind or 0]
            if kind in ("string", "quoted") or (kind == "external" and text[0] in "'`"):
                text = _ESCAPE.sub(_unescaped, text[1:-1])
            found.append(Token(kind, text, at, match.end()))  # type: ignore[arg-type] # the groups are the kinds
        at = match.end()
    found.append(Token("end", "", end, end))
    return found


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPED.get(code, code)


def _told(expression: str, at: int) -> tuple[str, str]:
    first = expression[at]
    if first in "'`":
        return "Ce texte entre guillemets n'est pas fermé.", "This quoted text is not closed."
    if expression.startswith("/*", at):
        return "Ce commentaire n'est pas fermé par */.", "This comment is not closed by */."
    if first == "@":
        return (
            "Une date s'écrit @AAAA-MM-JJ, un instant @AAAA-MM-JJThh:mm:ss, une heure @Thh:mm:ss.",
            "A date is written @YYYY-MM-DD, a moment @YYYY-MM-DDThh:mm:ss, a time @Thh:mm:ss.",
        )
    if first == "$":
        return "Après $ vient this, index ou total.", "$ is followed by this, index or total."
    if first == '"':
        return "Un texte s'écrit entre apostrophes : 'texte'.", "Text is written between single quotes: 'text'."
    return f"Le caractère « {first} » n'a pas de sens ici.", f'The character "{first}" has no meaning here.'
