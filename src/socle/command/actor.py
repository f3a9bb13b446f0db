"""socle actor: who may use the house by an API key."""

from typing import Annotated

import typer

from socle.command import door
from socle.command.language import t
from socle.command.options import Data, Key, Url
from socle.command.report import lay_out, say

app = typer.Typer(
    no_args_is_help=True,
    help=t("Acteurs et clés d'accès.", "Actors and access keys."),
)


@app.command(
    help=t(
        "Crée un acteur et affiche sa clé, une seule fois.\n\n"
        "La clé s'utilise dans l'en-tête « Authorization: Bearer … ». Rôles : publisher (éditeur), identity-agent (agent "
        "d'identité), operator (exploitant), auditor (auditeur), contributor (contributeur), moderator (modérateur), "
        "doctrine-editor (rédacteur de la doctrine), mailbox-operator (opérateur MSSanté), employer (employeur), "
        "care-offer-feeder (qui alimente l'offre)… ; un rôle inconnu est refusé, avec la liste de tous. Répétez --role pour en "
        "donner plusieurs.\n\n"
        'Exemple : KEY=$(socle actor create --name "Mon logiciel" --role publisher)',
        "Creates an actor and prints its key, once.\n\n"
        "Use the key in the header “Authorization: Bearer …”. Roles: publisher, identity-agent, operator, auditor, "
        "contributor, moderator, doctrine-editor, mailbox-operator, employer, care-offer-feeder…; an unknown role is refused, "
        "with the list of all. Repeat --role to give several.\n\n"
        'Example: KEY=$(socle actor create --name "My software" --role publisher)',
    )
)
def create(
    data: Data,
    name: Annotated[
        str, typer.Option("--name", help=t("Nom lisible, écrit dans les traces.", "Readable name, kept in the traces."))
    ],
    role: Annotated[list[str], typer.Option("--role", help=t("Rôle (répétable).", "Role (repeatable)."))],
    structure: Annotated[
        str,
        typer.Option("--structure", help=t("Structure pour laquelle il agit.", "Structure on whose behalf it acts.")),
    ] = "",
    url: Url = "",
    key: Key = "",
) -> None:
    """Print the key alone on standard output, so that a script can take it."""
    body = {"name": name, "roles": role, "structure": structure}
    made = (
        door.remote(url, key, "POST", "/house/actors", body)
        if url
        else door.local(data, lambda console: console.create_actor(name, role, structure))
    )
    say(
        t(
            f"acteur {made['id']} créé ; gardez cette clé, elle ne sera plus affichée :",
            f"actor {made['id']} created; keep this key, it will not be shown again:",
        )
    )
    print(made["key"])


@app.command("list", help=t("Liste les acteurs (jamais leurs clés).", "Lists the actors (never their keys)."))
def list_(data: Data, url: Url = "", key: Key = "") -> None:
    """One line an actor."""
    actors = (
        door.remote(url, key, "GET", "/house/actors") if url else door.local(data, lambda console: console.actors())
    )
    lay_out(
        (
            "id",
            t("nom", "name"),
            t("rôles", "roles"),
            t("créé", "created"),
            t("révoqué", "revoked"),
            t("dernier usage", "last used"),
        ),
        [
            (
                one["id"],
                one["name"],
                " ".join(one["roles"]),
                one["created"],
                one["revoked"] or "",
                one["last_used"] or "",
            )
            for one in actors
        ],
    )


@app.command(help=t("Retire sa clé à un acteur.", "Takes an actor's key away."))
def revoke(
    data: Data,
    id: Annotated[str, typer.Argument(help=t("Identifiant de l'acteur.", "Identifier of the actor."))],
    url: Url = "",
    key: Key = "",
) -> None:
    """After a few seconds, no worker accepts the key any more."""
    if url:
        door.remote(url, key, "POST", f"/house/actors/{id}/revoke")
    else:
        door.local(data, lambda console: console.revoke_actor(id))
    say(t(f"acteur {id} révoqué", f"actor {id} revoked"))
