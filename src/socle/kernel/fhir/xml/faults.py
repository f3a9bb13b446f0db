"""What a reader of FHIR XML says of a text that it cannot take: reasons, with their line and column."""

from typing import Final, NoReturn
from xml.parsers import expat

from socle.kernel.fhir.faults import Reason
from socle.kernel.outcome import Issue, Kind, Problem, Text

_RULE: Final = "FHIR R4 xml.html"


def _structure(fr: str, en: str) -> Reason:
    return Reason("structure", fr, en)


DOCTYPE: Final = _structure(
    "le document déclare un DOCTYPE ; FHIR n'en a pas : retirez-le (une entité s'écrit en clair, ou &#160;)",
    "the document declares a DOCTYPE; FHIR has none: leave it out (write an entity as itself, or as &#160;)",
)
ENCODING: Final = _structure(
    "le document n'est pas annoncé en XML 1.0 et UTF-8 ; convertissez-le et corrigez sa première ligne",
    "the document is not announced as XML 1.0 in UTF-8; convert it and correct its first line",
)
EMPTY: Final = _structure(
    "l'élément est vide ; donnez-lui un attribut « value », un contenu ou une extension, ou retirez-le",
    'the element is empty; give it a "value" attribute, content or an extension, or leave it out',
)
ONCE: Final = _structure(
    "cet élément ne se répète pas ; gardez-en un seul", "this element does not repeat; keep one of them"
)
ONE_RESOURCE: Final = _structure(
    "une seule ressource est permise ici ; répétez l'élément qui la contient",
    "only one resource is allowed here; repeat the element that holds it",
)
NOT_XHTML: Final = _structure(
    'le récit est un élément <div xmlns="http://www.w3.org/1999/xhtml">',
    'the narrative is an element <div xmlns="http://www.w3.org/1999/xhtml">',
)
_FORMS: Final = {
    "boolean": ("true ou false", "true or false"),
    "decimal": ("un nombre, par exemple -1.50", "a number, such as -1.50"),
}


def lexical(code: str, text: str) -> Reason:
    """The text of a value is not one of its type."""
    fr, en = _FORMS.get(code, ("un nombre entier, par exemple 42", "a whole number, such as 42"))
    short = text[:40]
    return Reason("value", f"« {short} » n'est pas un {code} ; écrivez {fr}", f'"{short}" is no {code}; write {en}')


def no_attribute(name: str) -> Reason:
    """An attribute that the element does not have."""
    short = name.rpartition(" ")[2][:64]
    return _structure(
        f"l'attribut « {short} » n'existe pas ici ; retirez-le",
        f'the attribute "{short}" does not exist here; leave it out',
    )


def order(name: str, after: str) -> Reason:
    """An element that comes too late."""
    return _structure(
        f"<{name}> vient avant <{after}> ; XML demande l'ordre de la spécification : déplacez-le",
        f"<{name}> comes before <{after}>; XML wants the order of the specification: move it",
    )


def foreign(name: str, uri: str) -> Reason:
    """An element of another namespace."""
    short, space = name[:64], uri[:100]
    if not uri:
        return _structure(
            f"<{short}> n'est d'aucun espace de noms ; écrivez xmlns=\"http://hl7.org/fhir\" sur la racine",
            f'<{short}> is of no namespace; write xmlns="http://hl7.org/fhir" on the root',
        )
    return _structure(
        f'<{short}> est de l\'espace de noms « {space} » ; écrivez xmlns="http://hl7.org/fhir" sur la racine',
        f'<{short}> is of the namespace "{space}"; write xmlns="http://hl7.org/fhir" on the root',
    )


def stray(text: str) -> Reason:
    """A text between elements."""
    short = text.strip()[:40]
    return _structure(
        f"le texte « {short} » n'est pas à sa place ; une valeur s'écrit dans l'attribut « value »",
        f'the text "{short}" is out of place; a value is written in the attribute "value"',
    )


def too_deep(most: int) -> Reason:
    """Too many levels."""
    return _structure(
        f"plus de {most} niveaux sont imbriqués ; aucune ressource n'en demande autant",
        f"more than {most} levels are nested; no resource needs as many",
    )


def issue(reason: Reason, path: str, line: int, column: int) -> Issue:
    """A fault at its place; line 0 when whoever is told has not the text before their eyes."""
    stop = "" if reason.fr.endswith("?") else "."
    if not line:
        fr, en = (f"{path} : ", f"{path}: ") if path else ("", "")
        text = Text(f"{fr}{reason.fr}{stop}", f"{en}{reason.en}{stop}")
        return Issue(text, (path,) if path else (), _RULE, reason.code)
    fr, en = (f"{path}, ", f"{path}, ") if path else ("", "")
    return Issue(
        Text(
            f"{fr}ligne {line}, colonne {column} : {reason.fr}{stop}",
            f"{en}line {line}, column {column}: {reason.en}{stop}",
        ),
        (path,) if path else (),
        _RULE,
        reason.code,
        line=line,
        column=column,
    )


def refuse(reason: Reason, place: tuple[int, int] | None) -> NoReturn:
    """The text cannot be read at all."""
    at_fr, at_en = (
        ("", "") if place is None else (", ligne {}, colonne {}".format(*place), ", line {}, column {}".format(*place))
    )
    line, column = place or (0, 0)
    text = Text(f"XML illisible{at_fr} : {reason.fr}.", f"XML cannot be read{at_en}: {reason.en}.")
    raise Problem(Kind.MALFORMED, Issue(text, (), _RULE, line=line, column=column))


def unreadable(said: str | None) -> Reason:
    """What is no XML, as another parser says it."""
    return _structure(f"il n'est pas bien formé ({said})", f"it is not well formed ({said})")


# What expat says, for whoever must correct the text. Its other messages are rare, and told as they are.
_SAID: Final = {
    "XML_ERROR_NO_ELEMENTS": ("le texte s'arrête trop tôt", "the text ends too early"),
    "XML_ERROR_TAG_MISMATCH": (
        "une balise fermante n'est pas celle de l'élément ouvert",
        "a closing tag is not that of the open element",
    ),
    "XML_ERROR_UNDEFINED_ENTITY": (
        "XML ne connaît que &amp; &lt; &gt; &quot; et &apos; ; écrivez le caractère lui-même, ou son numéro (&#160;)",
        "XML knows only &amp; &lt; &gt; &quot; and &apos;; write the character itself, or its number (&#160;)",
    ),
    "XML_ERROR_UNBOUND_PREFIX": (
        "un préfixe n'est pas déclaré ; ajoutez xmlns:préfixe",
        "a prefix is not declared; add xmlns:prefix",
    ),
    "XML_ERROR_DUPLICATE_ATTRIBUTE": (
        "un attribut est écrit deux fois dans le même élément",
        "an attribute is written twice in the same element",
    ),
    "XML_ERROR_JUNK_AFTER_DOC_ELEMENT": (
        "le document continue après son dernier élément",
        "the document goes on after its last element",
    ),
    "XML_ERROR_UNCLOSED_TOKEN": ("le texte s'arrête trop tôt", "the text ends too early"),
    "XML_ERROR_UNCLOSED_CDATA_SECTION": ("une section CDATA n'est pas fermée", "a CDATA section is not closed"),
    "XML_ERROR_INVALID_TOKEN": (
        "un caractère n'est pas à sa place : dans une valeur, & s'écrit &amp; et < s'écrit &lt; ; le texte est en UTF-8",
        "a character is out of place: in a value, & is written &amp; and < is written &lt;; the text is in UTF-8",
    ),
}


def explain(error: expat.ExpatError, data: bytes) -> NoReturn:
    """Say why a text is no XML, and where."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        refuse(
            _structure("ce texte est du JSON, et du XML est attendu", "this text is JSON, and XML is expected"),
            (error.lineno, error.offset + 1),
        )
    refuse(_structure(*said_by_expat(error.code)), (error.lineno, error.offset + 1))


def said_by_expat(code: int) -> tuple[str, str]:
    """What an error of expat means, in French and in English, as the end of a sentence; what is rare, in its own words."""
    said = expat.ErrorString(code)
    return _BY_CODE.get(code, (f"il n'est pas bien formé ({said})", f"it is not well formed ({said})"))


_BY_CODE: Final = {expat.errors.codes[getattr(expat.errors, name)]: said for name, said in _SAID.items()}
