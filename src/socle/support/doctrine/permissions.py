"""What may be asked of the doctrine. Reading is open to everyone and leaves no trace of who: there is nobody's data in it."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

PUBLISH: Final = Permission(
    "doctrine.publish",
    Text("Publier une édition de la doctrine", "Publish an edition of the doctrine"),
    roles=frozenset({"doctrine-editor"}),
)
PERMISSIONS: Final = (PUBLISH,)
