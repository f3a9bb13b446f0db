"""What one caller may see of a register: some resources not at all, others without some of their elements.

A search must not tell what a read hides. So a sight is asked of every parameter, however deep in a chain, a `_has` or a
`_filter` (`Criteria.parameter`), and adds what holds of all that may be seen of a type to each step that reaches that
type (`Criteria.limited`). Resources go through `seen` on their way out, before they are shortened.

Parameters whose name holds `~` are for sights alone: an index of what remains of an element once some of it is hidden.
They are told to nobody and cannot be asked by name.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from socle.kernel.search.conditions import Condition
    from socle.kernel.search.criterion import Criteria
    from socle.kernel.search.repository import Repository
    from socle.kernel.store.contract import Stored

INTERNAL: Final = "~"


class Sight(Protocol):
    """One caller's sight of one register."""

    @property
    def whole(self) -> bool:
        """Whether everything is seen: only then may what was read be written back."""

    def named(self, resource_type: str, name: str, written: str) -> str:
        """The parameter that stands for `name` in this sight: itself, or one with `~`.

        Raises: Problem(INVALID | FORBIDDEN) when the caller may not ask by what it does not see.
        """

    def rewritten(self, resource_type: str, name: str, value: str) -> tuple[str, str]:
        """The criterion that `name=value` stands for. Raises: Problem(INVALID)."""

    def within(self, criteria: "Criteria", resource_type: str, name: str) -> "Condition | None":
        """What else must hold of a resource for its values of `name` to be seen."""

    def limit(self, criteria: "Criteria", resource_type: str) -> "Condition | None":
        """What holds of every resource of a type that may be seen at all; None when all may."""

    async def seen(self, repository: "Repository", resources: "Sequence[Stored]") -> "list[Stored | None]":
        """Each as it may be seen, None for one that may not. Tombstones are given back as they are."""
