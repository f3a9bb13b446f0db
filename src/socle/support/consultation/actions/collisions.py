"""When somebody else wrote in the meantime: both texts are handed back, none is lost."""

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.support.consultation.actions.forum import Forum, rules_of
from socle.support.consultation.model import Returned
from socle.support.consultation.store.contributions import VERSION_RULE
from socle.support.consultation.store.rows import contribution_of


async def collision(forum: Forum, id: int, yours: str, problem: Problem, *, answer: bool = False) -> Problem:
    """What to raise when a write about contribution `id` was refused: both texts if it is about the version seen.

    answer  whether it is the answer that two editors wrote, rather than the contribution
    """
    if VERSION_RULE not in rules_of(problem):
        return problem
    now = contribution_of(await forum.contribution(id), reveal=True)
    theirs, version = now.text, now.version
    if answer:
        theirs = now.disposition.answer if now.disposition else ""
        version = now.disposition.version if now.disposition else 0
    what = Text(
        f"La réponse à {now.reference}" if answer else now.reference,
        f"The answer to {now.reference}" if answer else now.reference,
    )
    return both(what, yours, theirs, version)


def both(what: Text, yours: str, theirs: str, version: int) -> Returned:
    """The Problem that hands both texts back; `what` changed."""
    return Returned(
        Kind.CONFLICT,
        Issue(
            Text(
                f"{what.fr} a changé entre-temps. Voici les deux textes : reprenez le vôtre à partir de celui qui est en "
                "place, puis enregistrez de nouveau.",
                f"{what.en} changed in the meantime. Here are both texts: start again from the one that stands, then "
                "save again.",
            ),
            rule=VERSION_RULE,
        ),
        yours=yours,
        theirs=theirs,
        version=version,
    )
