"""What may be asked of a consultation, and by whom. Reading what is published is open to everyone, with no trace of who."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

CONTRIBUTOR: Final = "contributor"
MODERATOR: Final = "moderator"
EDITOR: Final = "doctrine-editor"

READ: Final = Permission(
    "consultation.read", Text("Lire les contributions publiées", "Read published contributions"), public=True
)
CONTRIBUTE: Final = Permission(
    "consultation.contribute",
    Text("Contribuer, soutenir, argumenter", "Contribute, support, argue"),
    roles=frozenset({CONTRIBUTOR, "publisher"}),
)
MODERATE: Final = Permission(
    "consultation.moderate",
    Text(
        "Masquer ou rétablir une contribution, vérifier un auteur", "Hide or restore a contribution, verify an author"
    ),
    roles=frozenset({MODERATOR}),
)
EDIT: Final = Permission(
    "consultation.edit",
    Text(
        "Ouvrir une concertation, répondre, rédiger et publier l'édition suivante",
        "Open a consultation, answer, write and publish the next edition",
    ),
    roles=frozenset({EDITOR}),
)
PERSONAL: Final = Permission(
    "consultation.personal",
    Text("Lire les coordonnées des participants (tracé)", "Read participants' contact details (traced)"),
    roles=frozenset({MODERATOR, EDITOR}),
)
PERMISSIONS: Final = (READ, CONTRIBUTE, MODERATE, EDIT, PERSONAL)
