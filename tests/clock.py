"""The clock of a house under test."""

from datetime import datetime, timedelta


class Clock:
    """Goes on by a millisecond each time it is read; `move` makes it jump."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)
