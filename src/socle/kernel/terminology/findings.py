"""What there is to say of a code that was judged, in the words that clients of a terminology service know.

Source: FHIR R4 codesystem-operation-validate-code.html; http://hl7.org/fhir/tools/CodeSystem/tx-issue-type, by which the HL7
validator tells what it may show otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from socle.kernel.outcome import Text
from socle.kernel.terminology.entries import Edition, Entry

About = Literal["", "itself", "code", "system", "version", "display"]
Severity = Literal["error", "warning", "information"]
_SHOWN: Final = 5  # names told when a display is wrong


class Topic(StrEnum):
    """Codes of tx-issue-type that are used here."""

    NOT_FOUND = "not-found"
    NOT_IN_SET = "not-in-vs"
    THIS_NOT_IN_SET = "this-code-not-in-vs"
    INVALID_CODE = "invalid-code"
    INVALID_DATA = "invalid-data"
    INVALID_DISPLAY = "invalid-display"
    DISPLAY_COMMENT = "display-comment"
    CODE_RULE = "code-rule"
    CODE_COMMENT = "code-comment"
    STATUS = "status-check"
    SET_INVALID = "vs-invalid"
    CANNOT_INFER = "cannot-infer"
    VERSION = "version-error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say.

    code   FHIR issue type
    about  the part of the coding that it is about; "itself" the coding, "" none of it
    """

    topic: Topic
    code: str
    text: Text
    severity: Severity = "error"
    about: About = "code"


def no_such_code(code: str, edition: Edition) -> Finding:
    """The code system does not have the code."""
    text = Text(
        f"Le code « {code[:200]} » n'existe pas dans {edition.canonical}.",
        f"The code “{code[:200]}” does not exist in {edition.canonical}.",
    )
    return Finding(Topic.INVALID_CODE, "code-invalid", text)


def not_in_part(code: str, edition: Edition) -> Finding:
    """The code system is held in part, and that part does not have the code."""
    text = Text(
        f"Code non vérifié : {edition.canonical} n'est tenu qu'en partie ({edition.content}), et « {code[:200]} » "
        "n'est pas de cette partie.",
        f"Code not checked: {edition.canonical} is held only in part ({edition.content}), and “{code[:200]}” is not "
        "of that part.",
    )
    return Finding(Topic.INVALID_CODE, "code-invalid", text, "warning")


def unknown_system(system: str, version: str, held: Sequence[Edition]) -> Finding:
    """The code system, or that version of it, is not held."""
    if held and version:
        versions = ", ".join(sorted({edition.version or "—" for edition in held})[:10])
        text = Text(
            f"Code non vérifié : {system[:300]} n'est pas tenu en version {version[:100]} (versions tenues : {versions}).",
            f"Code not checked: {system[:300]} is not held in version {version[:100]} (versions held: {versions}).",
        )
    else:
        text = Text(
            f"Code non vérifié : le système de codes {system[:300]} n'est pas connu de cette maison.",
            f"Code not checked: the code system {system[:300]} is not known to this house.",
        )
    return Finding(Topic.NOT_FOUND, "not-found", text, about="system")


def no_system() -> Finding:
    """A coding that names no system."""
    text = Text(
        "Ce codage ne dit pas son système de codes : un code seul n'a pas de sens défini. Indiquez « system ».",
        "This coding does not say its code system: a code alone has no defined meaning. Give “system”.",
    )
    return Finding(Topic.INVALID_DATA, "invalid", text, about="itself")


def no_code() -> Finding:
    """A coding that has no code."""
    text = Text("Ce codage n'a pas de code : indiquez « code ».", "This coding has no code: give “code”.")
    return Finding(Topic.INVALID_DATA, "invalid", text, about="itself")


def not_absolute(system: str) -> Finding:
    """A system that is no absolute address."""
    text = Text(
        f"« {system[:300]} » n'est pas une adresse absolue : un système de codes se nomme par une URL, un URN ou un OID "
        "(urn:oid:…).",
        f"“{system[:300]}” is not an absolute address: a code system is named by a URL, a URN or an OID (urn:oid:…).",
    )
    return Finding(Topic.INVALID_DATA, "invalid", text, about="system")


def other_thing(system: str, supplement: bool) -> Finding:
    """The address of a value set or of a supplement, where a code system is to be named."""
    kind, english = ("un supplément", "a supplement") if supplement else ("un jeu de valeurs", "a value set")
    text = Text(
        f"{system[:300]} est {kind}, et non un système de codes : nommez le système dont viennent les codes.",
        f"{system[:300]} is {english}, not a code system: name the system from which the codes come.",
    )
    return Finding(Topic.INVALID_DATA, "invalid", text, about="system")


def not_in_set(name: str, system: str, code: str) -> Finding:
    """The value set does not hold the code."""
    said = f"{system[:300]}|{code[:200]}" if system else code[:200]
    text = Text(
        f"Le code « {said} » n'est pas dans le jeu de valeurs {name or 'demandé'}.",
        f"The code “{said}” is not in the value set {name or 'that was given'}.",
    )
    return Finding(Topic.NOT_IN_SET, "code-invalid", text)


def none_in_set(name: str) -> Finding:
    """The value set holds no coding of the concept."""
    text = Text(
        f"Aucun codage n'est dans le jeu de valeurs {name or 'demandé'}.",
        f"No coding is in the value set {name or 'that was given'}.",
    )
    return Finding(Topic.NOT_IN_SET, "code-invalid", text, about="")


def several_systems(code: str, name: str, systems: Iterable[str]) -> Finding:
    """The system of a code cannot be inferred: the value set has the code in several."""
    told = ", ".join(systems)[:600]
    text = Text(
        f"Le jeu de valeurs {name or 'demandé'} a le code « {code[:200]} » dans plusieurs systèmes ({told}) : indiquez lequel.",
        f"The value set {name or 'that was given'} has the code “{code[:200]}” in several systems ({told}): say which.",
    )
    return Finding(Topic.CANNOT_INFER, "not-found", text)


def not_followed(name: str, wanted: str) -> Finding:
    """The value set cannot be told whole: it needs what is not held."""
    text = Text(
        f"Code non vérifié : le jeu de valeurs {name or 'demandé'} a besoin de {wanted[:300]}, que cette maison ne tient pas.",
        f"Code not checked: the value set {name or 'that was given'} needs {wanted[:300]}, which this house does not hold.",
    )
    return Finding(Topic.SET_INVALID, "not-found", text, "warning", about="")


def other_version(edition: Edition, version: str, severity: Severity = "error") -> Finding:
    """The value set takes another version than that of the coding."""
    text = Text(
        f"Le jeu de valeurs prend {edition.url} en version {edition.version} ; le code est donné en version {version[:100]}.",
        f"The value set takes {edition.url} in version {edition.version}; the code is given in version {version[:100]}.",
    )
    return Finding(Topic.SET_INVALID, "invalid", text, severity, "version")


def latest_instead(edition: Edition, version: str) -> Finding:
    """The version asked for is not held, and the newest was taken, as the caller allowed."""
    text = Text(
        f"{edition.url} n'est pas tenu en version {version[:100]} : la version {edition.version or '—'} a été prise à sa "
        "place.",
        f"{edition.url} is not held in version {version[:100]}: version {edition.version or '—'} was taken instead.",
    )
    return Finding(Topic.NOT_FOUND, "not-found", text, "warning", "version")


def only_groups(entry: Entry, edition: Edition) -> Finding:
    """The code groups others."""
    text = Text(
        f"Le code « {entry.code} » de {edition.url} regroupe d'autres codes et ne peut pas être choisi lui-même.",
        f"The code “{entry.code}” of {edition.url} groups other codes and cannot be chosen itself.",
    )
    return Finding(Topic.CODE_RULE, "business-rule", text)


def no_longer(entry: Entry, edition: Edition) -> Finding:
    """The code exists, and is no longer to be used."""
    text = Text(
        f"Le code « {entry.code} » de {edition.url} existe, mais ne doit plus être utilisé.",
        f"The code “{entry.code}” of {edition.url} exists, but is no longer to be used.",
    )
    return Finding(Topic.CODE_COMMENT, "business-rule", text, "warning", "itself")


def discouraged(entry: Entry, edition: Edition) -> Finding:
    """The code may still be used, and its system says that it should not be any more."""
    text = Text(
        f"Le code « {entry.code} » de {edition.url} est déconseillé (status : deprecated) : revoyez son usage.",
        f"The code “{entry.code}” of {edition.url} is deprecated (status): its use should be reviewed.",
    )
    return Finding(Topic.CODE_COMMENT, "business-rule", text, "warning", "itself")


def active_only(entry: Entry) -> Finding:
    """Only active codes are taken, and it is not one."""
    text = Text(
        f"Le code « {entry.code} » n'est plus actif, et seuls les codes actifs sont pris.",
        f"The code “{entry.code}” is no longer active, and only active codes are taken.",
    )
    return Finding(Topic.CODE_RULE, "business-rule", text)


def deprecated_in_set(entry: Entry, name: str) -> Finding:
    """The value set itself marks the code as deprecated."""
    text = Text(
        f"Le jeu de valeurs {name or 'demandé'} tient le code « {entry.code} » pour déconseillé : revoyez son usage.",
        f"The value set {name or 'that was given'} marks the code “{entry.code}” as deprecated: its use should be reviewed.",
    )
    return Finding(Topic.CODE_COMMENT, "business-rule", text, "warning")


def other_case(said: str, entry: Entry, edition: Edition) -> Finding:
    """The code is written in another case than its system writes it."""
    text = Text(
        f"Le code s'écrit « {entry.code} » dans {edition.canonical}, et non « {said[:200]} » ; ce système ne distingue pas "
        "la casse.",
        f"The code is written “{entry.code}” in {edition.canonical}, not “{said[:200]}”; this system ignores case.",
    )
    return Finding(Topic.CODE_RULE, "business-rule", text, "information")


def wrong_display(said: str, entry: Entry, edition: Edition, names: Sequence[str], lenient: bool) -> Finding:
    """The display is none of the code's names."""
    told = " ; ".join(f"« {name} »" for name in names[:_SHOWN])
    english = "; ".join(f"“{name}”" for name in names[:_SHOWN])
    text = Text(
        f"« {said[:200]} » n'est pas un libellé du code « {entry.code} » de {edition.url} ; libellés : {told}.",
        f"“{said[:200]}” is not a name of the code “{entry.code}” of {edition.url}; names: {english}.",
    )
    return Finding(Topic.INVALID_DISPLAY, "invalid", text, "warning" if lenient else "error", "display")


def no_name_in(languages: Sequence[str], entry: Entry, edition: Edition) -> Finding:
    """No name is known in the languages asked for; the display is the one of the system's own language."""
    told = ", ".join(languages)[:100]
    text = Text(
        f"Aucun libellé du code « {entry.code} » de {edition.url} n'est connu dans la langue demandée ({told}) ; le libellé "
        "donné est celui de la langue du système.",
        f"No name of the code “{entry.code}” of {edition.url} is known in the language asked for ({told}); the display given "
        "is that of the system's own language.",
    )
    return Finding(Topic.DISPLAY_COMMENT, "invalid", text, "information", "display")


def standing_of(status: str, experimental: bool, marked: str, root: Mapping[str, Any] | None = None) -> str:
    """deprecated, withdrawn, retired, experimental or draft; "" when there is nothing to say.

    marked  its standards status
    root    the value set that was asked for: what it says of itself is not told again of what it uses
    """
    asked = root or {}
    if marked in ("deprecated", "withdrawn"):
        return marked
    if status == "retired":
        return status
    if experimental and not asked.get("experimental"):
        return "experimental"
    draft = status == "draft" or marked == "draft"
    return "draft" if draft and not (asked.get("experimental") or asked.get("status") == "draft") else ""


def standing(what: str, canonical: str, is_set: bool) -> Finding:
    """A code system or a value set that is deprecated, withdrawn, retired, experimental or a draft."""
    french = {
        "deprecated": "déconseillé",
        "withdrawn": "retiré",
        "retired": "n'est plus en vigueur",
        "experimental": "expérimental",
        "draft": "à l'état de projet",
    }[what]
    kind, english = ("Le jeu de valeurs", "The value set") if is_set else ("Le système de codes", "The code system")
    text = Text(
        f"{kind} {canonical} {'est ' if what != 'retired' else ''}{french}.", f"{english} {canonical} is {what}."
    )
    return Finding(Topic.STATUS, "business-rule", text, "information", "")
