"""What may be asked of the national base, and by whom."""

from typing import Final

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

SEARCH: Final = Permission(
    "insi.search",
    Text(
        "Interroger INSi (recherche par traits ou par carte Vitale)", "Query INSi (search by traits or by Vitale card)"
    ),
    roles=frozenset({"publisher", "identity-agent"}),
)
VERIFY: Final = Permission(
    "insi.verify",
    Text("Vérifier des identités par lot", "Verify identities in batches"),
    roles=frozenset({"publisher", "identity-agent"}),
)
PERMISSIONS: Final = (SEARCH, VERIFY)
