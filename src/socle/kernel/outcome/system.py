"""What the system says of a file, a folder or a port, in both languages: it speaks English (or its own locale) only."""

import errno
import os
from types import MappingProxyType
from typing import Final

from socle.kernel.outcome.text import Text

_FRENCH: Final = MappingProxyType(
    {
        errno.ENOENT: "il n'y a rien à cet endroit",
        errno.ENOTDIR: "un des dossiers de ce chemin n'en est pas un",
        errno.EISDIR: "c'est un dossier, pas un fichier",
        errno.EACCES: "vous n'en avez pas le droit",
        errno.EPERM: "ce n'est pas permis",
        errno.EROFS: "rien ne peut être écrit sur ce disque",
        errno.EEXIST: "il y a déjà quelque chose à cet endroit",
        errno.ENOTEMPTY: "le dossier n'est pas vide",
        errno.ENAMETOOLONG: "le nom est trop long",
        errno.ELOOP: "des liens tournent en rond",
        errno.ENOSPC: "il n'y a plus de place",
        errno.EDQUOT: "il n'y a plus de place pour vous",
        errno.EMFILE: "trop de fichiers sont ouverts",
        errno.ENFILE: "trop de fichiers sont ouverts sur cette machine",
        errno.EIO: "le disque a répondu par une erreur",
        errno.EADDRINUSE: "un autre programme l'occupe",
        errno.EADDRNOTAVAIL: "cette machine n'a pas cette adresse",
        errno.ECONNREFUSED: "personne n'y répond",
        errno.ETIMEDOUT: "pas de réponse à temps",
    }
)


def system_said(error: OSError) -> Text:
    """Why the system refused, as the end of a sentence. What has no French here is told as the system says it."""
    said = (os.strerror(error.errno) if error.errno else error.strerror) or str(error)
    return Text(_FRENCH.get(error.errno or 0, said), said)
