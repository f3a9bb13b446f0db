"""What a module may declare, and what the house gives it."""

from socle.kernel.module.health import WELL, Health, State, degraded
from socle.kernel.module.house import House, Settings
from socle.kernel.module.module import Chapter, Door, Entry, Job, Listener, Module, Reaction, Room, Status

__all__ = [
    "WELL",
    "Chapter",
    "Door",
    "Entry",
    "Health",
    "House",
    "Job",
    "Listener",
    "Module",
    "Reaction",
    "Room",
    "Settings",
    "State",
    "Status",
    "degraded",
]
