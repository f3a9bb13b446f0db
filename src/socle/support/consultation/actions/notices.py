"""Notices to participants who left an address: put in the outbox with what they tell of, sent by a job."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from socle.kernel.audit import Action, Trace
from socle.kernel.outbound.mail import Letter, Post, Undelivered
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.store import jobs
from socle.support.consultation.actions.forum import Forum, Page, bounded
from socle.support.consultation.model import Notice, NoticeKind, NoticeState
from socle.support.consultation.permissions import PERSONAL
from socle.support.consultation.store import people
from socle.support.consultation.store.contributions import Statement
from socle.support.consultation.store.rows import notice_of

JOB: Final = "consultation:send"
MOST_ATTEMPTS: Final = 5
_LEASE: Final = timedelta(minutes=2)
_BATCH: Final = 20

_SUBJECTS: Final = {
    NoticeKind.RECEIVED: "Votre contribution {reference} est déposée",
    NoticeKind.ANSWERED: "Une réponse est donnée à votre contribution {reference}",
    NoticeKind.HIDDEN: "Votre contribution {reference} n'est plus affichée",
    NoticeKind.RESTORED: "Votre contribution {reference} est de nouveau affichée",
    NoticeKind.PUBLISHED: "L'édition que vous avez commentée est publiée",
}
_FOOT: Final = (
    "\n\n--\nVous recevez ce message parce que vous avez laissé votre adresse pour suivre cette concertation. "
    "Elle ne sert à rien d'autre ; retirez-la quand vous voulez sur la page « Mes contributions »."
)


async def notified(
    forum: Forum, actors: Sequence[str], kind: NoticeKind, consultation: str, id: int, words: str, trace: Trace
) -> list[Statement]:
    """The statements that tell those of `actors` who left an address; () when none did.

    id     contribution that it is about, 0 for the consultation itself; words: its title, and what is said of it
    """
    concerned = await forum.people.addressed(actors)
    if not concerned:
        return []
    subject = _SUBJECTS[kind].format(reference=f"C-{id}")
    link = f"{forum.url}/concertation/{consultation}" + (f"/contributions/{id}" if id else "")
    text = f"{words}\n\n{link}{_FOOT}"
    return [people.notify(concerned, kind, subject, text, trace.at), jobs.enqueue(JOB, {}, trace)]


async def notices(forum: Forum, *, after: str = "", count: int = 50, by: Actor, trace: Trace) -> Page[Notice]:
    """The outbox, the latest first: addresses are personal data, reading them is traced.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | INVALID).
    """
    async with forum.guarded(PERSONAL, by=by, trace=trace) as trace:
        rows, following = await forum.people.notices(after, bounded(count))
        await forum.seen([row["actor"] for row in rows], trace, "notices")
        return Page(tuple(notice_of(row) for row in rows), following)


async def send_notices(forum: Forum, post: Post | None, trace: Trace) -> int:
    """Send what waits; without a mail server, keep it in the outbox. Answers how many left or were kept.

    Raises: Problem(UNAVAILABLE) when some must be tried again: the job table does so, later each time.
    """
    done, again = 0, 0
    tried: set[int] = set()
    while rows := await forum.people.claim(trace.at, trace.at + _LEASE, _BATCH):
        for row in rows:
            if row["id"] in tried:
                continue
            tried.add(row["id"])
            state, attempts = await _sent(post, row["address"], row["subject"], row["text"], row["attempts"])
            again += state is NoticeState.WAITING
            done += state in (NoticeState.SENT, NoticeState.KEPT)
            at = trace.at if state is NoticeState.SENT else None
            written = people.sent(row["id"], state, at, attempts=attempts)
            await forum.write([written], trace, Action.EXECUTE, [f"notice/{row['id']}"], [row["actor"]])
        if all(row["id"] in tried for row in rows) and again:
            break
    if again:
        raise Problem.of(
            Kind.UNAVAILABLE,
            f"{again} avis n'ont pas pu partir ; ils seront essayés de nouveau.",
            f"{again} notices could not leave; they will be tried again.",
        )
    return done


async def _sent(post: Post | None, to: str, subject: str, text: str, attempts: int) -> tuple[NoticeState, int]:
    if post is None:
        return NoticeState.KEPT, attempts
    try:
        await post.send(Letter(to, subject, text))
    except Undelivered as failure:
        gone = failure.permanent or attempts + 1 >= MOST_ATTEMPTS
        return NoticeState.FAILED if gone else NoticeState.WAITING, attempts + 1
    return NoticeState.SENT, attempts + 1
