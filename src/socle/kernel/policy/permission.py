"""What may be asked for."""

from dataclasses import dataclass, field

from socle.kernel.outcome import Text
from socle.kernel.policy.actor import Means


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that one may be allowed to do, declared by a module.

    name    "<module>.<verb>", e.g. "ins.read"
    roles   roles that carry it; empty and not public means nobody
    means   means of authentication that are strong enough for it
    public  True when no authentication is asked (never for data that concern a person)
    """

    name: str
    text: Text
    roles: frozenset[str] = field(default_factory=frozenset)
    means: frozenset[Means] = frozenset({Means.DEMO, Means.API_KEY, Means.CONSOLE, Means.SYSTEM})
    public: bool = False
