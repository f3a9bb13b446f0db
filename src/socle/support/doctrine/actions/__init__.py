"""What one can do with the doctrine: read its editions, publish one."""

from socle.support.doctrine.actions.editions import Home, editions, files_of, known_to, left_out
from socle.support.doctrine.actions.publish import publish
from socle.support.doctrine.rules.standing import current, edition_of

__all__ = ["Home", "current", "edition_of", "editions", "files_of", "known_to", "left_out", "publish"]
