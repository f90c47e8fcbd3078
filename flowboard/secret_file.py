"""Who may read a file that holds a secret."""

from pathlib import Path

OTHERS = 0o077


def exposed(path: Path, own_uid: int) -> tuple[str, str] | None:
    """Return what is wrong with who may read a secret file, and what to do.

    Raises:
        OSError: The file is not there.
    """
    found = path.stat()
    if found.st_uid not in (own_uid, 0):
        problem = f"{path} belongs to another user (uid {found.st_uid})"
        return problem, f"make a copy of your own, and run `chmod 600 {path}`"
    if found.st_mode & OTHERS:
        problem = f"{path} can be used by others (mode {found.st_mode & 0o777:04o})"
        return problem, f"run `chmod 600 {path}`"
    return None
