"""Who may contribute, when, what, and how often."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from socle.kernel.outcome import Allowed, Decision, Issue, Kind, Problem, Refused, Text
from socle.support.consultation.model import (
    LONGEST_ARGUMENT,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Author,
    AuthorKind,
    Consultation,
    Returned,
    Rewording,
    State,
    Step,
    Submission,
)

WINDOW_RULE: Final = "CONS-001"
TEXT_RULE: Final = "CONS-003"
ONCE_RULE: Final = "CONS-005"
RATE_RULE: Final = "CONS-020"
OWN_RULE: Final = "CONS-023"

HOUR: Final = timedelta(hours=1)
LONGEST_KEY: Final = 100
LONGEST_NAME: Final = 120
LONGEST_EMAIL: Final = 254
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
# Controls, and the marks that turn the direction of writing: they can make a text say other than what is read.
_HIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Rate:
    """How many times an hour one actor may do something."""

    what: Text
    most: int


CONTRIBUTIONS: Final = Rate(Text("contributions", "contributions"), 60)
ARGUMENTS: Final = Rate(Text("arguments", "arguments"), 120)
SUPPORTS: Final = Rate(Text("soutiens", "supports"), 300)


def may_contribute(consultation: Consultation, chapter: str, *, now: datetime) -> Decision:
    """Whether a contribution, an argument or a support is taken now, on `chapter`."""
    title = consultation.title
    if consultation.step is Step.PREPARATION or now < consultation.opens:
        return Refused(
            Text(
                f"« {title} » n'est pas encore ouverte : elle le sera le {consultation.opens:%d/%m/%Y}.",
                f"“{title}” is not open yet: it will be on {consultation.opens:%d/%m/%Y}.",
            ),
            WINDOW_RULE,
        )
    if consultation.step is not Step.OPEN or now >= consultation.closes:
        return Refused(
            Text(
                f"« {title} » est close depuis le {consultation.closes:%d/%m/%Y} : votre texte n'a pas été déposé, "
                "il vous est rendu. Gardez-le pour la prochaine concertation.",
                f"“{title}” has been closed since {consultation.closes:%d/%m/%Y}: your text was not filed, it is "
                "handed back to you. Keep it for the next consultation.",
            ),
            WINDOW_RULE,
        )
    if not consultation.concerns(chapter):
        return Refused(
            Text(
                f"Le chapitre « {chapter} » n'est pas soumis à cette concertation ({', '.join(consultation.chapters)}).",
                f"Chapter “{chapter}” is not part of this consultation ({', '.join(consultation.chapters)}).",
            ),
            WINDOW_RULE,
            ("chapter",),
        )
    return Allowed("window open")


def may_support(author: str, actor: str) -> Decision:
    """Whether `actor` may support what `author` wrote: not one's own contribution."""
    if author == actor:
        return Refused(
            Text("On ne soutient pas sa propre contribution.", "One does not support one's own contribution."), OWN_RULE
        )
    return Allowed("supports another's")


def may_amend(author: str, actor: str, state: State, answered: bool) -> Decision:
    """Whether `actor` may change or withdraw a contribution: its author, until it is answered or hidden."""
    if author != actor:
        return Refused(
            Text("Seul son auteur modifie une contribution.", "Only its author changes a contribution."), OWN_RULE
        )
    if state is not State.SHOWN:
        return Refused(
            Text(
                "Cette contribution a été retirée ou masquée : elle ne se modifie plus.",
                "This contribution was withdrawn or hidden: it cannot be changed any more.",
            ),
            OWN_RULE,
        )
    if answered:
        return Refused(
            Text(
                "Une réponse a été donnée à cette contribution : ajoutez plutôt un argument, ou une autre contribution.",
                "This contribution has been answered: add an argument instead, or another contribution.",
            ),
            OWN_RULE,
        )
    return Allowed("own, not answered")


def within(rate: Rate, done: int, yours: str) -> None:
    """That one more is allowed, `done` in the last hour. Raises: Returned(THROTTLED)."""
    if done >= rate.most:
        raise Returned(
            Kind.THROTTLED,
            Issue(
                Text(
                    f"Pas plus de {rate.most} {rate.what.fr} par heure : attendez un peu, votre texte vous est rendu.",
                    f"No more than {rate.most} {rate.what.en} an hour: wait a little, your text is handed back to you.",
                ),
                rule=RATE_RULE,
            ),
            yours=yours,
            retry_after=int(HOUR.total_seconds()),
        )


def tidied(submission: Submission) -> Submission:
    """The same, written one way: composed letters, plain line ends, no blanks around. Checked.

    Raises: Returned(TOO_LARGE | INVALID) with one issue for each thing that is wrong.
    """
    rewording = submission.rewording
    if rewording is not None:
        rewording = Rewording(plain(rewording.before), plain(rewording.after))
        if rewording.before == rewording.after:
            rewording = None
    tidy = replace(
        submission, title=" ".join(plain(submission.title).split()), text=plain(submission.text), rewording=rewording
    )
    issues = [*_faults("title", tidy.title, LONGEST_TITLE), *_faults("text", tidy.text, LONGEST_TEXT)]
    if rewording is not None:
        issues += _faults("rewording.before", rewording.before, LONGEST_TEXT, needed=False)
        issues += _faults("rewording.after", rewording.after, LONGEST_TEXT, needed=False)
    _refuse(issues, submission.text)
    return tidy


def tidied_text(name: str, text: str, longest: int = LONGEST_ARGUMENT) -> str:
    """A text alone (argument, answer, reason), written one way. Raises: Returned(TOO_LARGE | INVALID)."""
    tidy = plain(text)
    _refuse(_faults(name, tidy, longest), text)
    return tidy


def tidied_author(author: Author, email: str) -> tuple[Author, str]:
    """A participant's public name and address, written one way. Raises: Returned(INVALID)."""
    tidy = replace(
        author, name=" ".join(plain(author.name).split()), organisation=" ".join(plain(author.organisation).split())
    )
    email = email.strip()
    issues = _faults("name", tidy.name, LONGEST_NAME)
    issues += _faults("organisation", tidy.organisation, LONGEST_NAME, needed=author.kind is AuthorKind.ORGANISATION)
    if email and (len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email)):
        issues.append(
            Issue(
                Text(
                    "Cette adresse électronique n'en est pas une : « nom@domaine.fr », ou rien.",
                    "This is not an e-mail address: “name@domain.fr”, or nothing.",
                ),
                ("email",),
                TEXT_RULE,
            )
        )
    _refuse(issues, author.name)
    return tidy, email


def checked_key(key: str) -> str:
    """A submission key. Raises: Problem(INVALID) when it is empty or too long."""
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Problem.of(
            Kind.INVALID,
            f"Clé de dépôt attendue (1 à {LONGEST_KEY} caractères) : rechargez le formulaire.",
            f"Submission key expected (1 to {LONGEST_KEY} characters): reload the form.",
            expression="key",
            rule="CONS-002",
        )
    return key


def plain(text: str) -> str:
    """Composed letters, "\\n" line ends, no blanks around."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _faults(name: str, text: str, longest: int, *, needed: bool = True) -> list[Issue]:
    if needed and not text:
        return [Issue(Text("Ce texte est vide : écrivez-le.", "This text is empty: write it."), (name,), TEXT_RULE)]
    if len(text) > longest:
        return [
            Issue(
                Text(
                    f"Ce texte a {len(text):_} caractères ; {longest:_} au plus. Résumez-le, et joignez le reste en "
                    "fichier.".replace("_", " "),
                    f"This text has {len(text):,} characters; {longest:,} at most. Shorten it, and attach the rest as "
                    "a file.",
                ),
                (name,),
                TEXT_RULE,
                code="too-long",
            )
        ]
    hidden = _HIDDEN.search(text)
    if hidden:
        code = f"U+{ord(hidden[0]):04X}"
        return [
            Issue(
                Text(
                    f"Un caractère invisible ({code}, position {hidden.start() + 1}) n'est pas permis : retirez-le.",
                    f"An invisible character ({code}, position {hidden.start() + 1}) is not allowed: remove it.",
                ),
                (name,),
                TEXT_RULE,
            )
        ]
    return []


def _refuse(issues: list[Issue], yours: str) -> None:
    if issues:
        kind = Kind.TOO_LARGE if any(issue.code == "too-long" for issue in issues) else Kind.INVALID
        raise Returned(kind, *issues, yours=yours)
