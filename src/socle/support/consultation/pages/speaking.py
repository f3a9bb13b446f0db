"""What a consultation speaks of: its themes, found once a minute at most."""

from datetime import datetime, timedelta
from typing import Final
from weakref import WeakKeyDictionary

from socle.kernel.store.database import Database
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.reading import themes
from socle.support.consultation.model import Theme

_KEPT: Final = timedelta(minutes=1)
_Found = dict[str, tuple[datetime, tuple[Theme, ...]]]
_found: WeakKeyDictionary[Database, _Found] = WeakKeyDictionary()


async def themes_of(forum: Forum, consultation_id: str, now: datetime) -> tuple[Theme, ...]:
    """The themes, a minute old at most: they are costly to find, and a new contribution hardly moves them."""
    here = _found.setdefault(forum.database, {})
    kept = here.get(consultation_id)
    if kept is None or not kept[0] <= now < kept[0] + _KEPT:
        kept = here[consultation_id] = (now, await themes(forum, consultation_id))
    return kept[1]
