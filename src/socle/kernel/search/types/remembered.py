"""What comes back from one resource to the next, remembered up to a number."""

from typing import Final, TypeVar

MOST: Final = 4_000

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Remembered(dict[Asked, Told]):
    """What is `told` of each thing asked, worked out once; all is forgotten when there is too much of it."""

    def told(self, asked: Asked, /) -> Told:
        """What is to be remembered."""
        raise NotImplementedError

    def __missing__(self, asked: Asked) -> Told:
        if len(self) >= MOST:
            self.clear()
        self[asked] = found = self.told(asked)
        return found
