"""How this module's data is stored and found; nobody else knows.

The Patient resource is the record (`patient`: its FR Core shape, both ways); what INSi answered waits in the table
`retrieval` until the identity is qualified (`identities` reads and writes both together).
"""

from socle.foundations.ins.store.identities import Dossier, Identities
from socle.foundations.ins.store.patient import declared, from_patient, to_patient, traits_of

__all__ = ["Dossier", "Identities", "declared", "from_patient", "to_patient", "traits_of"]
