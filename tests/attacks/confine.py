"""Run a command that can hurt nothing but one folder: `python confine.py FOLDER COMMAND...`.

As root, everything else is mounted read-only in a mount namespace (where the system allows one), and the command runs
as nobody, who may read what root may and change nothing. Another user runs it as they are: the attacks name canary
files alone.
"""

import os
import subprocess
import sys
from pathlib import Path

NOBODY = 65534
NAMESPACE = ["unshare", "--mount", "--propagation", "private", "--"]
READING = ("--inh-caps", "--ambient-caps", "--bounding-set")  # what is left of root's rights


def command_in(folder: Path, command: list[str], user: int = NOBODY) -> list[str]:
    """Return the command line that runs `command` confined to `folder`, by root as the user of that number."""
    if os.geteuid() != 0:
        return command
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    if subprocess.run([*NAMESPACE, "true"], check=False, capture_output=True).returncode == 0:
        return [*NAMESPACE, sys.executable, str(Path(__file__)), str(folder), *_as_user(user), *command]
    return [*_as_user(user), *command]


def _as_user(user: int) -> list[str]:
    rights = [f"{option}=-all,+dac_read_search" for option in READING]
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *rights]


def mount_read_only(folder: str) -> None:
    """Mount everything but `folder` read-only, in this process's own mount namespace."""
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if place != folder and (place == "/dev/shm" or not place.startswith(("/proc", "/dev", "/sys"))):
            subprocess.run(["mount", "-o", "remount,bind,ro", place], check=False, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    mount_read_only(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
