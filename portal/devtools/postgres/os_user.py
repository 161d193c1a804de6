"""The user that runs PostgreSQL, which refuses to run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from portal.devtools.child_environments import plain_environment
from portal.devtools.command_errors import CommandFailed

ROOT_USER = 0
NOBODY = 65534

# Lets the server traverse closed parent folders (a clone below /root) without changing them.
# access() ignores the capabilities of other users unless the secure bit is set.
READ_SEARCH_CAPABILITY = (
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--securebits=+no_setuid_fixup",
)


@dataclass(frozen=True)
class OSUser:
    """A user id and the words before a command that run it as this user."""

    user: int
    prefix: tuple[str, ...] = ()

    def give_ownership(self, path: Path) -> None:
        """Change the owner of a file or folder to this user."""
        if self.prefix:
            os.chown(path, self.user, self.user)


def choose_os_user(data: Path, *, programs: Path) -> OSUser:
    """Choose the user for a data folder: ours, or an unprivileged one if we are root.

    Nothing outside the data folder is changed: no user is added, no permission widened.
    """
    me = os.geteuid()
    owner = data.stat().st_uid
    if me != ROOT_USER:
        if owner != me:
            raise CommandFailed(f"{data} belongs to user {owner}: delete it, or run as that user.")
        return OSUser(me)
    if owner == ROOT_USER:
        owner = NOBODY
        os.chown(data, owner, owner)
    return OSUser(owner, _unprivileged_prefix(owner, data=data, programs=programs))


def _unprivileged_prefix(user: int, *, data: Path, programs: Path) -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CommandFailed(
            "PostgreSQL does not run as root, and setpriv (of util-linux) is missing to run it "
            "as somebody else. Use an ordinary user, or set DATABASE_URL."
        )
    plain = (setpriv, f"--reuid={user}", f"--regid={user}", "--clear-groups", "--pdeathsig=INT")
    for prefix in (plain, (*plain, *READ_SEARCH_CAPABILITY)):
        if _can_access(prefix, data=data, programs=programs):
            return prefix
    raise CommandFailed(
        f"PostgreSQL does not run as root, and user {user} cannot reach {data} and {programs} "
        "because a folder above them is closed. Move the clone to a folder that others may pass "
        "through, use an ordinary user, or set DATABASE_URL."
    )


def _can_access(prefix: tuple[str, ...], *, data: Path, programs: Path) -> bool:
    wanted = ["-x", f"{programs}/bin/postgres", "-a", "-r", f"{programs}/share", "-a", "-w", data]
    question = [*prefix, "test", *map(str, wanted)]
    asked = subprocess.run(question, env=plain_environment(), capture_output=True, check=False)
    return asked.returncode == 0
