"""The published rules of moderation: what may be hidden, and nothing else."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from socle.kernel.outcome import Allowed, Decision, Refused, Text
from socle.support.consultation.model import ModerationRule, State

RULE: Final = "CONS-004"

RULES: Final[Mapping[ModerationRule, Text]] = MappingProxyType(
    {
        ModerationRule.INSULT: Text(
            "Injure, menace ou attaque contre une personne : on discute les textes, pas les gens.",
            "Insult, threat or attack on a person: texts are discussed, not people.",
        ),
        ModerationRule.PERSONAL_DATA: Text(
            "Coordonnées ou données d'une personne, publiées sans son accord.",
            "Contact details or data of a person, published without their consent.",
        ),
        ModerationRule.HEALTH_DATA: Text(
            "Données de santé d'une personne que l'on peut reconnaître.",
            "Health data of a person who can be recognised.",
        ),
        ModerationRule.ADVERTISING: Text(
            "Publicité pour un produit ou un service, sans rapport avec le texte.",
            "Advertising for a product or a service, unrelated to the text.",
        ),
        ModerationRule.UNLAWFUL: Text(
            "Contenu que la loi interdit.",
            "Content that the law forbids.",
        ),
        ModerationRule.FLOOD: Text(
            "Même texte déposé de nombreuses fois pour encombrer.",
            "The same text filed many times to obstruct.",
        ),
    }
)


def may_hide(state: State) -> Decision:
    """Whether what is in `state` can be hidden. Being critical, badly written or off the point is no reason."""
    if state is State.SHOWN:
        return Allowed("moderation by a published rule")
    return Refused(Text("Elle n'est déjà plus affichée.", "It is no longer shown already."), RULE)


def may_restore(state: State) -> Decision:
    """Whether what is in `state` can be shown again: only what moderation hid; its author's withdrawal stands."""
    if state is State.HIDDEN:
        return Allowed("moderation lifted")
    return Refused(
        Text("Seul ce qui a été masqué peut être rétabli.", "Only what was hidden can be restored."),
        RULE,
    )
