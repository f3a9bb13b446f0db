"""Who may read the traces."""

from socle.kernel.outcome import Text
from socle.kernel.policy import Permission

READ = Permission(
    "audit.read", Text("Lire les traces des accès", "Read the traces of accesses"), frozenset({"auditor", "operator"})
)
VERIFY = Permission(
    "audit.verify",
    Text("Faire vérifier les chaînes de traces", "Have the chains of traces verified"),
    frozenset({"auditor", "operator"}),
)
