"""The topics that the house publishes. They are ours; a Subscription names one by its canonical URL."""

from dataclasses import dataclass
from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.store import Op

_BASE: Final = "https://socle-sante.example/fhir/SubscriptionTopic"


@dataclass(frozen=True, slots=True)
class Topic:
    """What makes an event, given whether the criteria held before the change and hold after it.

    after   the new version must hold (else: it, or the one before, must)
    enters  moreover, the one before must not
    """

    url: str
    text: Text
    after: bool = False
    enters: bool = False

    def happens(self, op: Op, before: bool, now: bool) -> bool:
        """Whether a change is an event. `before`: there was a version and it held; `now` is False for a deletion."""
        if self.enters:
            return now and not before
        return now or (before and not self.after)


CHANGE: Final = Topic(
    f"{_BASE}/change",
    Text(
        "Création, modification ou suppression d'une ressource qui répond, ou répondait, aux critères.",
        "Creation, change or deletion of a resource that satisfies, or satisfied, the criteria.",
    ),
)
ENTRY: Final = Topic(
    f"{_BASE}/entry",
    Text(
        "Une ressource se met à répondre aux critères : créée, ou modifiée en ce sens.",
        "A resource comes to satisfy the criteria: created, or changed so that it does.",
    ),
    after=True,
    enters=True,
)
PLAIN: Final = Topic("", Text("Critères de R4.", "R4 criteria."), after=True)  # a resource written that satisfies them
TOPICS: Final = {topic.url: topic for topic in (CHANGE, ENTRY)}
