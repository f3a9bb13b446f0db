"""What a module may declare, and what the house gives it."""

from socle.kernel.module.house import House, Settings
from socle.kernel.module.module import Chapter, Door, Entry, Job, Module, Room, Status

__all__ = ["Chapter", "Door", "Entry", "House", "Job", "Module", "Room", "Settings", "Status"]
