"""The clock of the house: its today, and the offset of dates that say none."""

from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Europe/Paris")
