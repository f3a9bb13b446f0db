"""Looking before leaping: a file of the draft, an import, the thanks of the next edition, without writing anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from socle.kernel.audit import Trace
from socle.kernel.outcome import Issue, Kind, Problem
from socle.kernel.policy import Actor
from socle.support.consultation.actions import cycle, drafting
from socle.support.consultation.actions.forum import Forum, missing
from socle.support.consultation.permissions import EDIT
from socle.support.consultation.rules import exchange
from socle.support.doctrine.actions import editions
from socle.support.doctrine.model import Edition


@dataclass(frozen=True, slots=True)
class Preview:
    """What a text would make of the next edition: the edition, or what is wrong, one issue for each fault."""

    edition: Edition | None
    faults: Sequence[Issue] = ()


async def preview_file(forum: Forum, consultation_id: str, path: str, text: str, *, by: Actor, trace: Trace) -> Preview:
    """The next edition if this file said `text`. Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND)."""
    async with forum.guarded(EDIT, by=by, trace=trace):
        consultation = await forum.known(consultation_id)
        whole = {**await drafting.files(forum, consultation), path: text.replace("\r\n", "\n")}
        try:
            return Preview(drafting.checked(forum, consultation, whole))
        except Problem as problem:
            if problem.kind is not Kind.INVALID:
                raise
            return Preview(None, problem.issues)


async def preview_csv(
    forum: Forum, consultation_id: str, content: bytes, *, by: Actor, trace: Trace
) -> tuple[exchange.Row, ...]:
    """What an import would file. Raises: as `exchange.import_csv`, INVALID with every fault by line."""
    async with forum.guarded(EDIT, by=by, trace=trace):
        consultation = await forum.known(consultation_id)
        edition = (await editions(forum.house)).get(consultation.edition)
        if edition is None:
            raise missing(f"l'édition {consultation.edition}", f"edition {consultation.edition}")
        return tuple(exchange.read(content, consultation, edition))


async def thanks(forum: Forum, consultation_id: str, *, by: Actor, trace: Trace) -> tuple[str, ...]:
    """Whom the next edition will thank, by public name. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with forum.guarded(EDIT, by=by, trace=trace):
        return tuple(await cycle.thanks(forum, consultation_id))
