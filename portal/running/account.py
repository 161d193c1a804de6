"""Whose process PostgreSQL is: it refuses to be root's."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from portal.running.refusal import Refused

ROOT_USER = 0
NOBODY = 65534

# Lets the server pass through closed parent folders (a clone below /root) without opening them.
# access() disregards capabilities of anybody but root unless the secure bit is set.
PASSAGE = (
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--securebits=+no_setuid_fixup",
)


@dataclass(frozen=True)
class Account:
    """A user id and the words before a command that run it as this user."""

    user: int
    prefix: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        """Give a file or a folder that we made to the account."""
        if self.prefix:
            os.chown(path, self.user, self.user)


def account_for(data: Path, *, programs: Path) -> Account:
    """Choose the account for a data folder: ours, or, for root, an unprivileged one.

    Nothing outside the data folder is changed for it: no user is added, no folder opened.
    """
    me = os.geteuid()
    owner = data.stat().st_uid
    if me != ROOT_USER:
        if owner != me:
            raise Refused(f"{data} belongs to user {owner}: delete it, or run as that user.")
        return Account(me)
    if owner == ROOT_USER:
        owner = NOBODY
        os.chown(data, owner, owner)
    return Account(owner, _unprivileged(owner, data=data, programs=programs))


def _unprivileged(user: int, *, data: Path, programs: Path) -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise Refused(
            "PostgreSQL does not run as root, and setpriv (of util-linux) is missing to run it "
            "as somebody else. Use an ordinary user, or set DATABASE_URL."
        )
    plain = (setpriv, f"--reuid={user}", f"--regid={user}", "--clear-groups", "--pdeathsig=INT")
    for prefix in (plain, (*plain, *PASSAGE)):
        if _reaches(prefix, data=data, programs=programs):
            return prefix
    raise Refused(
        f"PostgreSQL does not run as root, and user {user} cannot reach {data} and {programs} "
        "because a folder above them is closed. Move the clone to a folder that others may pass "
        "through, use an ordinary user, or set DATABASE_URL."
    )


def _reaches(prefix: tuple[str, ...], *, data: Path, programs: Path) -> bool:
    wanted = ["-x", f"{programs}/bin/postgres", "-a", "-r", f"{programs}/share", "-a", "-w", data]
    question = [*prefix, "test", *map(str, wanted)]
    return subprocess.run(question, capture_output=True, check=False).returncode == 0
