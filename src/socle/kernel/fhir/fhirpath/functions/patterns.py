"""Regular expressions, under a time limit: those of an expression come from anybody. Source: FHIRPath N1, "matches"."""

import time
from collections.abc import Callable
from functools import lru_cache

import regex

from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.errors import Place
from socle.kernel.outcome import Kind, Problem

_LONGEST = 2_000  # characters of a pattern
_GROUP = regex.compile(r"\\\$|\$(?:\{(\w+)\}|(\d))|\\")


@lru_cache(maxsize=2048)
def _compiled(pattern: str) -> "regex.Pattern[str]":
    if len(pattern) > _LONGEST:
        raise regex.error("too long")
    return regex.compile(pattern, regex.DOTALL | regex.VERSION0)


def _pattern(pattern: str, place: Place) -> "regex.Pattern[str]":
    try:
        return _compiled(pattern)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise place.problem(
            f"L'expression rationnelle n'est pas valide : {error}.", f"The regular expression is not valid: {error}."
        ) from None


def matcher(place: Place, *, whole: bool, known: str | None = None) -> Callable[[str, str, Environment], bool]:
    """(text, pattern, environment) → whether the pattern is found in the text, or is the whole of it.

    A pattern that is `known` before the evaluation is compiled at once. Raises: Problem(INVALID) when it is wrong.
    """
    ready = _pattern(known, place) if known is not None else None

    def match(text: str, written: str, environment: Environment) -> bool:
        pattern = ready or _pattern(written, place)
        started = time.monotonic()
        try:
            found = (pattern.fullmatch if whole else pattern.search)(
                text, timeout=max(environment.pattern_seconds, 0.001)
            )
        except TimeoutError:
            raise _endless(place) from None
        environment.pattern_seconds -= time.monotonic() - started
        return found is not None

    return match


def replacer(place: Place) -> Callable[[str, str, str, Environment], str]:
    """(text, pattern, substitution, environment) → the text with each match replaced; $1 and ${name} are groups."""

    def replace(text: str, written: str, by: str, environment: Environment) -> str:
        if not written:
            return text
        pattern = _pattern(written, place)
        started = time.monotonic()
        try:
            found: str = pattern.sub(_template(by), text, timeout=max(environment.pattern_seconds, 0.001))
        except TimeoutError:
            raise _endless(place) from None
        except (regex.error, IndexError):
            raise place.problem(
                "Le texte de remplacement nomme un groupe qui n'existe pas.",
                "The substitution names a group that does not exist.",
            ) from None
        environment.pattern_seconds -= time.monotonic() - started
        return found

    return replace


def _template(by: str) -> str:
    def written(match: "regex.Match[str]") -> str:
        if match[1] or match[2]:
            return rf"\g<{match[1] or match[2]}>"
        return "$" if match[0] == r"\$" else r"\\"

    template: str = _GROUP.sub(written, by)
    return template


def _endless(place: Place) -> Problem:
    return place.problem(
        "Cette expression rationnelle demande trop de calcul ; évitez les répétitions imbriquées, comme (a+)+.",
        "This regular expression asks for too much computation; avoid nested repetitions such as (a+)+.",
        code="too-costly",
        kind=Kind.TOO_COSTLY,
    )
