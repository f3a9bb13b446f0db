"""Record the document that was shown."""

from socle.foundations.ins import rules
from socle.foundations.ins.actions.desk import Desk, because
from socle.foundations.ins.model import Controle, Piece
from socle.foundations.ins.permissions import WRITE
from socle.foundations.ins.store import Dossier
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor


async def record_document(
    desk: Desk, id: str, piece: Piece, *, version: int | None = None, by: Actor, trace: Trace
) -> Dossier:
    """The agent compared the traits with a document: PROV becomes VALI, RECUP becomes QUAL. Nothing of the document
    is copied but its type (RNIV EXI SI 10).

    Raises: Problem(RULE_VIOLATED) for a document that is not enough (driving licence, certificate alone …), naming
    what is;
    Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND | GONE | CONFLICT).
    """
    async with desk.guarded(WRITE, id, by=by, trace=trace) as trace:
        before = await desk.identities.read(id)
        desk.version_of(before, version)
        trace = because(trace, rules.may_accept_document(before.identite, piece, now=trace.at))
        after = rules.after_check(before.identite, Controle(piece, trace.at.date()))
        return await desk.identities.save(before, after, trace)
