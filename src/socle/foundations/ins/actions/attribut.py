"""Set and lift attributes: homonyme, douteuse, fictive."""

from socle.foundations.ins import rules
from socle.foundations.ins.actions.desk import Desk, because
from socle.foundations.ins.model import Attribut
from socle.foundations.ins.permissions import WRITE
from socle.foundations.ins.store import Dossier
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor


async def set_attribute(
    desk: Desk, id: str, attribut: Attribut, *, version: int | None = None, by: Actor, trace: Trace
) -> Dossier:
    """Set an attribute. DOUT and FICT detach the INS and bring the identity back to provisional (RNIV EXI SI 09).

    Raises: Problem(RULE_VIOLATED) for a combination other than DOUT with HOMA; the usual ones.
    """
    async with desk.guarded(WRITE, id, by=by, trace=trace) as trace:
        before = await desk.identities.read(id)
        desk.version_of(before, version)
        trace = because(trace, rules.may_set_attribute(before.identite, attribut))
        after = rules.after_attribute(before.identite, attribut)
        if after == before.identite:
            return before
        return await desk.identities.save(before, after, trace, because=f"attribut {attribut}")


async def lift_attribute(
    desk: Desk, id: str, attribut: Attribut, *, version: int | None = None, by: Actor, trace: Trace
) -> Dossier:
    """Lift an attribute. What DOUT or FICT had detached does not come back by itself.

    Raises: Problem(RULE_VIOLATED) when it is not set; the usual ones.
    """
    async with desk.guarded(WRITE, id, by=by, trace=trace) as trace:
        before = await desk.identities.read(id)
        desk.version_of(before, version)
        trace = because(trace, rules.may_lift_attribute(before.identite, attribut))
        return await desk.identities.save(before, rules.after_lifting(before.identite, attribut), trace)
