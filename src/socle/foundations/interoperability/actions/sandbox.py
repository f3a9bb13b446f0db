"""The sandbox: empty it."""

from socle.foundations.interoperability.permissions import RESET, SANDBOX
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind
from socle.kernel.policy import Actor, decide
from socle.kernel.store.database import Database

TABLES = ("resource", "ix_date", "ix_num", "ix_str", "ix_text", "ix_order", "history", "outbox")


async def reset_sandbox(database: Database, *, by: Actor, trace: Trace) -> None:
    """Empty the sandbox: resources, their history and their index go; the traces stay.

    Raises: Problem(FORBIDDEN) when `by` may not.
    """
    decide(by, RESET).or_raise(Kind.FORBIDDEN)
    tables = ", ".join(f"{SANDBOX}.{table}" for table in TABLES)
    queues = (
        "DO $$ BEGIN IF to_regclass('subscription.event') IS NOT NULL THEN "
        "DELETE FROM subscription.event WHERE register = 'sandbox'; "
        "DELETE FROM subscription.subscriber WHERE register = 'sandbox'; END IF; END $$"
    )
    await database.write(SANDBOX, [(f"TRUNCATE {tables}", ()), (queues, ())], trace)
