"""The secret key: from the environment, or generated once into an ignored ``.env``."""

import os
import re
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

NAME = "SECRET_KEY"
MODE = 0o600


def load_secret_key(path: Path, *, generate: bool) -> str:
    """Return the key of the environment or of ``path``; write a new one there if allowed.

    Parameters
    ----------
    path
        The ``.env`` file. Other lines in it are kept.
    generate
        Whether a missing key may be made. In production it may not.
    """
    found = os.environ.get(NAME) or read_key(path)
    if found:
        return found
    if not generate:
        raise ImproperlyConfigured(f"Set {NAME} in the environment: PRODUCTION=1 makes no key.")
    try:
        return write_key(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"Set {NAME} in the environment: {path.name} cannot be written ({error.strerror})."
        ) from error


def read_key(path: Path) -> str:
    """Return the key that ``path`` holds, or an empty string."""
    if not path.is_file():
        return ""
    line = re.search(rf"^{NAME}=(\S+)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return line.group(1) if line else ""


def write_key(path: Path) -> str:
    """Add a new key to ``path`` in one atomic step; of two writers the first one wins."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    descriptor, name = tempfile.mkstemp(prefix=".env.", dir=path.parent)  # mode 600 by itself
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{old.rstrip()}\n".lstrip() + f"{NAME}={secrets.token_urlsafe(64)}\n")
        draft.chmod(MODE)
        publish(draft, path, replace=bool(old))
    finally:
        draft.unlink(missing_ok=True)
    return read_key(path)


def publish(draft: Path, path: Path, *, replace: bool) -> None:
    """Give ``draft`` its final name; without ``replace``, never over a file already there."""
    if not replace:
        try:
            os.link(draft, path)
        except FileExistsError:
            if read_key(path):
                return
        except OSError:
            pass  # a file system without hard links
        else:
            return
    draft.replace(path)
