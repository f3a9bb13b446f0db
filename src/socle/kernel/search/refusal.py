"""How a query is refused: in words, naming the parameter and what to do. Source: FHIR R4 search.html#errors."""

import difflib
from collections.abc import Iterable
from typing import Final

from socle.kernel.outcome import Issue, Kind, Problem, Text

RULE = "FHIR R4 search.html"
_SOON: Final = "10"  # seconds: a register learns a parameter in about as many
_LISTED: Final = 60  # names, before it is said how many more there are


def refuse(parameter: str, fr: str, en: str, *, code: str = "invalid", rule: str = RULE) -> Problem:
    """The Problem that refuses a query because of `parameter`; `expression` says http.<name>."""
    return Problem.of(Kind.INVALID, fr, en, expression=f"http.{parameter}", rule=rule, code=code)


def unsupported(parameter: str, fr: str, en: str) -> Problem:
    """The Problem that refuses something legal which this server does not do."""
    return refuse(parameter, fr, en, code="not-supported")


def unbuilt(parameter: str, written: str) -> Problem:
    """The Problem that puts off a parameter that the register has only just learnt; `written`: where it was named."""
    text = Text(
        f"L'index de « {parameter} » est en construction : ce qui était déjà là n'y est pas tout. Réessayez bientôt "
        "(« socle status » dit où il en est).",
        f"The index of “{parameter}” is being built: what was there before is not all in it. Try again soon "
        "(“socle status” says how far it is).",
    )
    issue = Issue(text, (f"http.{written}",), RULE, "transient")
    return Problem(Kind.UNAVAILABLE, issue, headers=(("Retry-After", _SOON),))


def near(name: str, known: Iterable[str], *, limit: int = 5) -> Text:
    """A sentence with the known names that are close to `name`, or all of them when they are few and none is close."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=limit, cutoff=0.5)
    if not close and len(name) > 1:  # the beginning of one: Obs, addr
        close = [one for one in names if one.lower().startswith(name.lower())][:limit]
    if close:
        listed = ", ".join(close)
        return Text(f"Proches : {listed}.", f"Close: {listed}.")
    if not names:
        return Text("Aucun n'est défini ici.", "None is defined here.")
    listed = ", ".join(names[:_LISTED])
    more = len(names) - _LISTED
    if more > 0:
        return Text(f"Connus : {listed}… et {more} autres.", f"Known: {listed}… and {more} others.")
    return Text(f"Connus : {listed}.", f"Known: {listed}.")
