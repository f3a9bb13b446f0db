"""What a validation says: findings, whose path grows at its head while they climb to the resource."""

from collections.abc import Iterable
from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.outcome.problem import Severity

R4: Final = "http://hl7.org/fhir/StructureDefinition/"
MOST: Final = 500  # findings of one report; what is beyond is counted

_ORDER: Final[dict[Severity, int]] = {"fatal": 0, "error": 1, "warning": 2, "information": 3}


class Finding:
    """One thing to say of one place.

    path      FHIRPath of the place, from where the finding is now held: ".name[0].family"
    severity  error | warning | information
    code      FHIR issue type
    rule      identifier of the rule: "pat-1", "http://…/fr-core-patient|2.2.0#Patient.identifier:INS-NIR.system"
    fr, en    what is wrong and what to change, without the place and without a final stop
    subject   what could not be judged, when that is what is said ("" otherwise): such findings are put together
    """

    __slots__ = ("code", "en", "fr", "path", "rule", "severity", "subject")

    def __init__(
        self, severity: Severity, code: str, rule: str, fr: str, en: str, *, path: str = "", subject: str = ""
    ) -> None:
        self.path = path
        self.severity: Severity = severity
        self.code = code
        self.rule = rule
        self.fr = fr
        self.en = en
        self.subject = subject

    @property
    def text(self) -> Text:
        """What is said, as a sentence."""
        return Text(_stopped(self.fr), _stopped(self.en))

    @property
    def serious(self) -> bool:
        """Whether the resource does not conform because of it."""
        return self.severity in ("error", "fatal")

    def same(self) -> tuple[str, ...]:
        """What two findings share that say the same thing, whichever of several definitions asks for it."""
        return (self.path, self.severity, self.code, self.fr)


Findings = list[Finding] | None


def error(code: str, rule: str, fr: str, en: str, *, path: str = "") -> Finding:
    """An error."""
    return Finding("error", code, rule, fr, en, path=path)


def warning(code: str, rule: str, fr: str, en: str, *, path: str = "") -> Finding:
    """A warning."""
    return Finding("warning", code, rule, fr, en, path=path)


def climb(found: Findings, step: str, below: Findings) -> Findings:
    """`found` with what was found one step below."""
    if below is None:
        return found
    for one in below:
        one.path = step + one.path
    return below if found is None else found + below


def add(found: Findings, more: Finding | Findings) -> Findings:
    """`found` with what was found at the same place."""
    if more is None:
        return found
    if isinstance(more, Finding):
        more = [more]
    return more if found is None else found + more


def serious(found: Findings) -> bool:
    """Whether there is an error among them."""
    return found is not None and any(one.serious for one in found)


def arranged(found: Iterable[Finding]) -> list[Finding]:
    """Each once, in the order they were found, errors before warnings before informations."""
    seen: dict[tuple[str, ...], Finding] = {}
    for one in found:
        seen.setdefault(one.same(), one)
    return sorted(seen.values(), key=lambda one: _ORDER[one.severity])


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith(("?", ".", "!")) else sentence + "."


def quoted(value: object, most: int = 80) -> str:
    """A value shortened, for a sentence."""
    text = str(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def times(number: int | None) -> str:
    """How often, in an English sentence. `number`: a limit, which is there where there is something to say."""
    return "once" if number == 1 else f"{number} times"


def are(number: int) -> str:
    """How many there are, after "there" in an English sentence."""
    return "is 1" if number == 1 else f"are {number}"
