"""The portal's own pages: the house, the list of its modules, one page per module, the static files."""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from importlib import resources
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import assets, house_drawing
from socle.kernel.pages.contract import ROOMS, RUNNING, STATES, EndpointCard, HealthCard, HouseCard, ModuleCard
from socle.kernel.pages.listing import Column, Listing
from socle.kernel.pages.page import Page
from socle.kernel.pages.pages import Handler, Pages


def portal_routes(house: HouseCard) -> list[BaseRoute]:
    """`/`, `/modules`, `/modules.json`, `/modules/<name>`, `/static/…`, for the assembly."""
    pages = Pages(house)
    return [
        pages.get("/", _home(house)),
        pages.get("/modules", _modules(house)),
        pages.get("/modules.json", _modules_json(house)),
        pages.get("/modules/{name}", _module(house)),
        Route("/static/{name}", assets.serve, methods=["GET"]),
    ]


def _home(house: HouseCard) -> Handler:
    async def handle(page: Page) -> Response:
        trial = trial_endpoint(house.modules)
        return page.render(
            "home.html",
            drawings=(
                house_drawing.wide(house.modules, page.language),
                house_drawing.narrow(house.modules, page.language),
            ),
            rooms=_by_room(house.modules),
            entries=[(m.room, entry) for m in house.modules if m.status == RUNNING for entry in m.entries],
            endpoints=[e for m in house.modules if m.status == RUNNING for e in m.endpoints],
            trial=trial,
            role=_role(trial.write.roles) if trial else "",
            url=house.settings.url,
        )

    return handle


def _role(roles: AbstractSet[str]) -> str:
    """The role that the example gives: a publisher's where it is enough, never more than is needed."""
    return "publisher" if "publisher" in roles else min(roles, default="publisher")


def trial_endpoint(modules: Sequence[ModuleCard]) -> EndpointCard | None:
    """The FHIR server on which a publisher tries first: the widest one that lets a Patient be created."""
    offered = [
        endpoint
        for module in modules
        if module.status == RUNNING
        for endpoint in module.endpoints
        if "create" in endpoint.interactions and "Patient" in endpoint.register.types
    ]
    return max(offered, key=lambda endpoint: len(endpoint.register.types), default=None)


_SORTS: Mapping[str, Callable[[ModuleCard, HealthCard, Page], Any]] = {
    "title": lambda module, health, page: module.title.to(page.language).casefold(),
    "room": lambda module, health, page: ROOMS.index(module.room),
    "status": lambda module, health, page: STATES.index(health.state),
}


def _modules(house: HouseCard) -> Handler:
    async def handle(page: Page) -> Response:
        room, status, words = page.query("room"), page.query("status"), page.query("q")
        health = await house.health()
        kept = [
            module
            for module in house.modules
            if room in ("", module.room)
            and status in ("", health[module.name].state)
            and words.casefold() in f"{module.title.to(page.language)} {module.summary.to(page.language)}".casefold()
        ]
        sort = page.query("sort")
        if sort.lstrip("-") in _SORTS:
            by = _SORTS[sort.lstrip("-")]
            kept.sort(key=lambda module: by(module, health[module.name], page), reverse=sort.startswith("-"))
        else:
            sort = ""
        titles = {"title": "modules.title_column", "room": "modules.room", "status": "modules.status"}
        view = Listing(
            path="/modules",
            columns=[Column(key, page.text(text), sortable=True) for key, text in titles.items()],
            rows=kept,
            total=len(kept),
            size=max(1, len(kept)),
            sort=sort,
            filters={"room": room, "status": status, "q": words},
            caption=page.text("modules.title"),
        )
        return page.render("modules.html", view=view, health=health, room=room, state=status, words=words)

    return handle


def _modules_json(house: HouseCard) -> Handler:
    async def handle(page: Page) -> Response:
        health = await house.health()
        found = [
            {
                "name": module.name,
                "room": str(module.room),
                "title": {"fr": module.title.fr, "en": module.title.en},
                "path": module.path,
                "state": str(health[module.name].state),
                "reason": {"fr": reason.fr, "en": reason.en} if (reason := health[module.name].reason) else None,
                "chapters": [{"edition": chapter.edition, "id": chapter.id} for chapter in module.chapters],
            }
            for module in house.modules
        ]
        body = json.dumps({"at": page.now.isoformat(timespec="seconds"), "modules": found}, ensure_ascii=False)
        return page.download(body, "modules.json", "application/json", inline=True)

    return handle


def _module(house: HouseCard) -> Handler:
    async def handle(page: Page) -> Response:
        name = page.path("name")
        module = next((module for module in house.modules if module.name == name), None)
        if module is None:
            raise Problem.of(
                Kind.NOT_FOUND,
                "Aucun module de cette maison ne porte ce nom. La liste des modules donne les noms exacts.",
                "No module of this house has this name. The list of modules gives the exact names.",
            )
        health = (await house.health())[name]
        return page.render(
            "module.html",
            module=module,
            health=health,
            requirements=requirements_of(name),
            settings=house.settings,
            url=house.settings.url,
        )

    return handle


def requirements_of(module: str) -> list[dict[str, Any]]:
    """The requirements that a module declares in its `requirements.toml`; none when it has no such file yet."""
    try:
        file = resources.files(f"socle.{module}").joinpath("requirements.toml")
    except ModuleNotFoundError:
        return []
    if not file.is_file():
        return []
    content = tomllib.loads(file.read_text("utf-8"))
    return [row for rows in content.values() if isinstance(rows, list) for row in rows if isinstance(row, dict)]


def _by_room(modules: Sequence[ModuleCard]) -> list[tuple[str, list[ModuleCard]]]:
    return [(room, [module for module in modules if module.room == room]) for room in ROOMS]
