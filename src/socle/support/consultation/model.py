"""What a consultation is made of. Frozen values; times are aware, UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from socle.kernel.outcome import Issue, Problem, Text
from socle.kernel.outcome import Kind as ProblemKind


class Step(StrEnum):
    """Where a consultation stands in its year. See `cycle.TRANSITIONS`."""

    PREPARATION = "preparation"
    OPEN = "open"
    TREATMENT = "treatment"  # closed to contributions; answers are written
    FROZEN = "frozen"  # nothing moves any more but the publication
    PUBLISHED = "published"


class ContributionKind(StrEnum):
    """What its author wants."""

    REMARK = "remark"
    QUESTION = "question"
    PROPOSAL = "proposal"  # carries a rewording, or not


class AuthorKind(StrEnum):
    """In whose name one speaks."""

    PERSON = "person"
    ORGANISATION = "organisation"


class State(StrEnum):
    """Whether a contribution is shown. Nothing is ever deleted."""

    SHOWN = "shown"
    HIDDEN = "hidden"  # by moderation, with the rule that it breaks
    WITHDRAWN = "withdrawn"  # by its author


class Side(StrEnum):
    """The side of an argument."""

    FOR = "for"
    AGAINST = "against"


class Outcome(StrEnum):
    """What became of a contribution."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"


class ModerationRule(StrEnum):
    """The published rules: a contribution is hidden only for one of these (`rules.moderation.RULES` words them)."""

    INSULT = "insult"
    PERSONAL_DATA = "personal_data"
    HEALTH_DATA = "health_data"
    ADVERTISING = "advertising"
    UNLAWFUL = "unlawful"
    FLOOD = "flood"


class MediaType(StrEnum):
    """What an attachment may be: the type is read in its content, never in its name."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ODT = "application/vnd.oasis.opendocument.text"
    TEXT = "text/plain"


class NoticeKind(StrEnum):
    """Why somebody is written to."""

    RECEIVED = "received"
    ANSWERED = "answered"
    HIDDEN = "hidden"
    RESTORED = "restored"
    PUBLISHED = "published"


class NoticeState(StrEnum):
    """Where a notice stands."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"  # no mail server is configured: it stays in the local outbox, where it can be read
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Consultation:
    """A window during which an edition, or some chapters, can be commented upon.

    id            slug in addresses: "2026"
    edition       the edition that is commented upon; `next_edition` the one that it prepares
    chapters      chapters that are open, () for all
    opens,closes  the window; contributions are taken from `opens` included to `closes` excluded, in the step OPEN
    version       for the optimistic lock
    synthetic     whether its content was invented for demonstration
    """

    id: str
    edition: str
    next_edition: str
    title: str
    introduction: str
    chapters: tuple[str, ...]
    opens: datetime
    closes: datetime
    step: Step
    version: int = 1
    synthetic: bool = False

    def concerns(self, chapter: str) -> bool:
        """Whether `chapter` is open to comments; "" is the edition as a whole."""
        return not self.chapters or chapter == "" or chapter in self.chapters


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a contribution is about.

    chapter      concept id of the chapter, "" for the edition as a whole
    block        anchor of a paragraph ("cible-2", "synthese-3"), "" for the whole chapter
    requirement  requirement id, "" when it is not about one
    """

    chapter: str = ""
    block: str = ""
    requirement: str = ""


@dataclass(frozen=True, slots=True)
class Rewording:
    """The text as it is, and as it is wished."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks, as the public sees it.

    name          public name, chosen by the person; the organisation's name when it speaks as one
    organisation  the organisation that one belongs to or speaks for, "" when none
    verified      whether the moderators have checked who it is
    """

    kind: AuthorKind
    name: str
    organisation: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Participant:
    """Who speaks, as the house knows it: personal data. Reading one is permitted and traced.

    actor  id of the actor
    email  where notices go, "" when none are wanted
    """

    actor: str
    author: Author
    email: str
    since: datetime
    version: int = 1


@dataclass(frozen=True, slots=True)
class Submission:
    """What an author sends: a new contribution, or its new text."""

    anchor: Anchor
    kind: ContributionKind
    title: str
    text: str
    rewording: Rewording | None = None


@dataclass(frozen=True, slots=True)
class Supports:
    """Supports: verified participants are counted apart from the others."""

    verified: int = 0
    unverified: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.verified + self.unverified


@dataclass(frozen=True, slots=True)
class Disposition:
    """The answer given to a contribution, public.

    answer    plain text
    change    the change that it caused, None when it caused none
    original  the contribution that it duplicates, None otherwise
    """

    outcome: Outcome
    answer: str
    at: datetime
    change: int | None = None
    original: int | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Moderation:
    """Why a contribution or an argument is hidden; public."""

    rule: ModerationRule
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contribution:
    """One contribution, as anyone may read it. When it is not SHOWN, title, text, rewording and the author's name are
    empty for readers.

    id             its number, shown as "C-12"
    arguments_for  number of arguments shown on that side
    assignee       public name of the editor in charge; "" for nobody, and always for readers who are not editors
    mine           whether it is the reader's own
    """

    id: int
    consultation: str
    anchor: Anchor
    author: Author
    kind: ContributionKind
    title: str
    text: str
    rewording: Rewording | None
    at: datetime
    amended: datetime | None = None
    version: int = 1
    state: State = State.SHOWN
    synthetic: bool = False
    supports: Supports = field(default_factory=Supports)
    arguments_for: int = 0
    arguments_against: int = 0
    attachments: int = 0
    disposition: Disposition | None = None
    moderation: Moderation | None = None
    assignee: str = ""
    mine: bool = False

    @property
    def reference(self) -> str:
        """What people call it."""
        return f"C-{self.id}"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument for or against a contribution."""

    id: int
    contribution: int
    author: Author
    side: Side
    text: str
    at: datetime
    state: State = State.SHOWN
    moderation: Moderation | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file joined to a contribution. `hash` is the SHA-256 of its content, in hexadecimal; `size` in bytes."""

    id: int
    contribution: int
    name: str
    media_type: MediaType
    size: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the next edition.

    path           file of the edition, e.g. "requirements/ins.yaml"
    requirement    requirement that changes, "" for the text of a chapter
    before, after  what was written and what is, for people: the passage, not the file
    contributions  numbers of the contributions that caused it
    """

    id: int
    consultation: str
    path: str
    requirement: str
    before: str
    after: str
    why: str
    at: datetime
    contributions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of the next edition as the editors left it. `version` 0: untouched, as in the edition that it starts from."""

    path: str
    text: str
    version: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    """An answer written once and used often."""

    id: int
    label: str
    outcome: Outcome
    text: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class Notice:
    """An e-mail to a participant: personal data, since it names an address."""

    id: int
    kind: NoticeKind
    to: str
    subject: str
    text: str
    at: datetime
    state: NoticeState
    attempts: int = 0
    sent: datetime | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A contribution near another in its words. `score` from 0 to 1: the share of rare words in common."""

    id: int
    title: str
    score: float
    common: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """Contributions that speak of the same thing. `words` lead it, the most telling first."""

    words: tuple[str, ...]
    contributions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of a consultation, for its synthesis page. Only contributions that are shown count.

    per_chapter  chapter → number of contributions; per_outcome: "" stands for those not answered yet
    per_day      ISO day → number received
    """

    contributions: int
    answered: int
    hidden: int
    withdrawn: int
    participants: int
    organisations: int
    verified: int
    supports: Supports
    arguments: int
    changes: int
    per_chapter: Mapping[str, int]
    per_kind: Mapping[ContributionKind, int]
    per_author: Mapping[AuthorKind, int]
    per_outcome: Mapping[Outcome | None, int]
    per_day: Mapping[str, int]


class Returned(Problem):
    """A Problem that hands back what was sent, so that nothing is lost.

    yours    what the caller sent
    theirs   what stands now, when somebody else wrote in the meantime; "" otherwise
    version  the version that stands now, 0 when that is not the question
    """

    def __init__(
        self, kind: ProblemKind, *issues: Issue, yours: str, theirs: str = "", version: int = 0, retry_after: int = 0
    ) -> None:
        said = (("yours", yours), ("theirs", theirs))
        # A text too long to be taken is too long to be repeated: it stays in `yours`, for the form.
        kept = [
            Issue(Text(text, text), (name,), severity="information") for name, text in said if 0 < len(text) <= 20_000
        ]
        headers = (("Retry-After", str(retry_after)),) if retry_after else ()
        super().__init__(kind, *issues, *kept, headers=headers)
        self.yours = yours
        self.theirs = theirs
        self.version = version


LONGEST_TITLE: Final = 200  # characters
LONGEST_TEXT: Final = 20_000
LONGEST_ARGUMENT: Final = 4_000
LONGEST_ANSWER: Final = 20_000
LARGEST_ATTACHMENT: Final = 10_000_000  # bytes
MOST_ATTACHMENTS: Final = 5  # per contribution
