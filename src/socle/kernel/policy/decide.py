"""May this actor use this permission at all? Deny by default."""

from socle.kernel.outcome import Allowed, Decision, Refused, Text
from socle.kernel.policy.actor import Actor
from socle.kernel.policy.permission import Permission

REQUIREMENT = "SOCLE-POLICY"


def decide(actor: Actor, permission: Permission) -> Decision:
    """Whether `actor` may use `permission`.

    Public permissions are open; otherwise the means of authentication must be accepted *and* a role must carry it.
    The refusal names the permission, never what lies behind it.
    """
    if permission.public:
        return Allowed(f"public:{permission.name}")
    if not actor.is_authenticated:
        return Refused(
            Text(
                "Authentification requise : présentez une clé d'accès (en-tête « Authorization: Bearer … »).",
                "Authentication required: present an access key (header “Authorization: Bearer …”).",
            ),
            REQUIREMENT,
        )
    if actor.means not in permission.means:
        return Refused(
            Text(
                f"Le moyen d'authentification « {actor.means} » ne suffit pas pour « {permission.name} ».",
                f"The means of authentication “{actor.means}” is not enough for “{permission.name}”.",
            ),
            REQUIREMENT,
        )
    carried = actor.roles & permission.roles
    if not carried:
        return Refused(
            Text(
                f"Le droit « {permission.name} » n'est porté par aucun de vos rôles ; demandez-le à l'exploitant.",
                f"None of your roles carries the permission “{permission.name}”; ask the operator for it.",
            ),
            REQUIREMENT,
        )
    return Allowed(f"{permission.name} as {min(carried)}")
