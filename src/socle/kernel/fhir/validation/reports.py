"""Reports for people and for machines: text, JSON, JUnit, a page that shows the issues on the source."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from socle.kernel.fhir.validation.sources import Judged
from socle.kernel.outcome import Issue, Language, operation_outcome

Json = dict[str, Any]

_LINES: Final = 4_000  # of a source that a page shows
_LONGEST: Final = 400  # characters of a line
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "fatal": ("illisible", "unreadable"),
    "error": ("erreur", "error"),
    "warning": ("avertissement", "warning"),
    "information": ("information", "information"),
}


def word(severity: str, language: Language) -> str:
    """A severity, in words."""
    fr, en = _WORDS[severity]
    return en if language == "en" else fr


def as_text(judged: Judged, language: Language) -> str:
    """One line an issue, "file:line:column: severity: what [rule]", as compilers write; "file: ok" when there is none."""
    name = judged.source.name
    if not judged.report.issues:
        return f"{name}: {'conforms' if language == 'en' else 'conforme'}"
    out = []
    for issue in judged.report.issues:
        place = f"{name}:{issue.line}:{issue.column}" if issue.line else name
        rule = f" [{issue.rule}]" if issue.rule else ""
        out.append(f"{place}: {word(issue.severity, language)}: {_plain(issue.text.to(language))}{rule}")
    return "\n".join(out)


def as_outcome(judged: Judged, language: Language) -> Json:
    """An OperationOutcome; one that says so when all is well, for it needs an issue."""
    issues = judged.report.issues
    if not issues:
        text = "No issue: the resource conforms." if language == "en" else "Rien à dire : la ressource est conforme."
        return {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "information", "code": "informational", "diagnostics": text}],
        }
    return operation_outcome(issues, language)


def as_row(judged: Judged, language: Language) -> Json:
    """{file, valid, profiles, outcome}."""
    return {
        "file": judged.source.name,
        "valid": judged.report.valid,
        "profiles": list(judged.report.profiles),
        "outcome": as_outcome(judged, language),
    }


def as_junit(all_judged: Sequence[Judged], language: Language) -> str:
    """JUnit XML: a test case a text, failed when it has errors; the rest in its output."""
    failed = sum(not one.report.valid for one in all_judged)
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="socle validate" tests="{len(all_judged)}" failures="{failed}" errors="0">',
        f'<testsuite name="FHIR R4" tests="{len(all_judged)}" failures="{failed}" errors="0" skipped="0">',
    ]
    for one in all_judged:
        out.append(f"<testcase classname={_attribute(_kind(one))} name={_attribute(one.source.name)}>")
        serious = [issue for issue in one.report.issues if issue.severity in ("error", "fatal")]
        other = [issue for issue in one.report.issues if issue.severity not in ("error", "fatal")]
        if serious:
            message = serious[0].text.to(language)
            out.append(f'<failure type="error" message={_attribute(message)}>{_listed(serious, language)}</failure>')
        if other:
            out.append(f"<system-out>{_listed(other, language)}</system-out>")
        out.append("</testcase>")
    return "\n".join([*out, "</testsuite>", "</testsuites>", ""])


def as_html(all_judged: Sequence[Judged], language: Language) -> str:
    """A page without script: what is wrong with each text, then the text with the issues on their lines."""
    english = language == "en"
    title = "Validation report" if english else "Rapport de validation"
    good = sum(one.report.valid for one in all_judged)
    summary = (
        f"{good} of {len(all_judged)} resources conform."
        if english
        else f"{good} ressource{'s conformes' if good > 1 else ' conforme'} sur {len(all_judged)}."
    )
    parts = [
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f"<h1>{title}</h1><p>{summary}</p>{_contents(all_judged, language)}"
    ]
    for number, one in enumerate(all_judged, start=1):
        parts.append(_article(number, one, language))
    parts.append("</main></body></html>\n")
    return "".join(parts)


def _contents(all_judged: Sequence[Judged], language: Language) -> str:
    """The texts by name, those that do not conform first; nothing for a single one."""
    if len(all_judged) < 2:
        return ""
    ranked = sorted(enumerate(all_judged, start=1), key=lambda pair: pair[1].report.valid)
    lines = "".join(
        f'<li><a href="#a{number}">{escape(one.source.name)}</a> {_verdict(one, language)}</li>'
        for number, one in ranked
    )
    return f'<nav aria-label="{"Texts" if language == "en" else "Textes"}"><ul>{lines}</ul></nav>'


def _verdict(one: Judged, language: Language) -> str:
    english = language == "en"
    if one.report.valid:
        return f'<span class="ok">{"conforms" if english else "conforme"}</span>'
    return f'<span class="ko">{"does not conform" if english else "non conforme"}</span>'


def _article(number: int, one: Judged, language: Language) -> str:
    english = language == "en"
    head = f'<article id="a{number}"><h2>{escape(one.source.name)} {_verdict(one, language)}</h2>'
    profiles = "".join(f"<li><code>{escape(url)}</code></li>" for url in one.report.profiles)
    head += f"<p>{'Judged by:' if english else 'Jugée d’après :'}</p><ul>{profiles}</ul>" if profiles else ""
    rows = "".join(_row(number, issue, language) for issue in one.report.issues)
    names = ("Severity", "Line", "What", "Rule") if english else ("Gravité", "Ligne", "Quoi", "Règle")
    header = "".join(f'<th scope="col">{name}</th>' for name in names)
    table = f"<table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
    return head + table + _source(number, one, language) + "</article>"


def _row(number: int, issue: Issue, language: Language) -> str:
    line = f'<a href="#s{number}l{issue.line}">{issue.line}:{issue.column}</a>' if issue.line else ""
    return (
        f'<tr class="{issue.severity}"><td>{word(issue.severity, language)}</td><td>{line}</td>'
        f"<td>{_shown(issue, language)}</td><td><code>{escape(issue.rule)}</code></td></tr>"
    )


def _source(number: int, one: Judged, language: Language) -> str:
    """The text, its issues under the lines that they concern."""
    by_line: dict[int, list[Issue]] = {}
    for issue in one.report.issues:
        by_line.setdefault(issue.line, []).append(issue)
    lines = one.source.data.decode("utf-8", "replace").split("\n")
    shown = []
    for place, line in enumerate(lines[:_LINES], start=1):
        text = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
        issues = by_line.get(place, [])
        worst = f' class="{issues[0].severity}"' if issues else ""
        shown.append(f'<span id="s{number}l{place}"{worst}><b>{place:>5}</b> {escape(text)}</span>')
        shown += [_note(issue, language) for issue in issues]
    left = len(lines) - _LINES
    if left > 0:
        shown.append(f"<span>… {left} {'more lines' if language == 'en' else 'lignes de plus'}</span>")
    label = "Source"
    return f'<details open><summary>{label}</summary><pre tabindex="0">{"".join(shown)}</pre></details>'


def _note(issue: Issue, language: Language) -> str:
    colon = ": " if language == "en" else "\N{NO-BREAK SPACE}: "
    return (
        f'<span class="note {issue.severity}">{word(issue.severity, language)}{colon}{_shown(issue, language)}</span>'
    )


def _shown(issue: Issue, language: Language) -> str:
    """What an issue says, as HTML; French keeps « and » with what they hold."""
    said = escape(issue.text.to(language))
    return said if language == "en" else said.replace("« ", "«\N{NO-BREAK SPACE}").replace(" »", "\N{NO-BREAK SPACE}»")


_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1b1b1b;background:#fff}"
    "main{max-width:75rem;margin:auto;padding:1rem}table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top}"
    "td:nth-child(3){width:60%}td,h2,code,nav{overflow-wrap:anywhere}th,td:first-child,td:nth-child(2){white-space:nowrap}"
    "h2{margin-top:2.5rem}"
    "@media(max-width:40rem){thead{display:none}tr,td{display:block;border:0}td{padding:.1rem .5rem}td:nth-child(3){width:auto}"
    "tr{border:1px solid #bbb;margin-bottom:.5rem;padding:.2rem 0}}"
    "pre{background:#f6f6f6;padding:.5rem;overflow:auto}pre span{display:block;white-space:pre-wrap}"
    "pre b{color:#555;font-weight:400}.error,.fatal{background:#fde7e7}.warning{background:#fff3d6}"
    ".information{background:#e8f1fd}.note{font-style:italic;padding-left:3rem}.ok{color:#0a5c2b}.ko{color:#a00}"
)


def _listed(issues: Sequence[Issue], language: Language) -> str:
    lines = []
    for issue in issues:
        place = f"{issue.line}:{issue.column}: " if issue.line else ""
        lines.append(f"{place}{word(issue.severity, language)}: {issue.text.to(language)} [{issue.rule}]")
    return escape(_legal("\n".join(lines)), quote=False)


def _kind(one: Judged) -> str:
    return one.report.profiles[0] if one.report.profiles else "FHIR R4"


def _attribute(text: str) -> str:
    return quoteattr(_legal(text), {"\n": "&#10;"})


def _legal(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(
        char
        for char in text
        if char >= " " or char in "\t\n\r"
        if not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff"
    )


def _plain(text: str) -> str:
    """On one line, control characters shown rather than obeyed."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
