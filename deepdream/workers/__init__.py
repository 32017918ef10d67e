"""Who computes a dream: this process, more processes of this machine, or a Ray cluster, behind one small interface."""

from deepdream.errors import DreamError, quoted
from deepdream.workers.jobs import Dream, Job, Workers

__all__ = ["Dream", "Job", "Workers", "open_workers"]


def open_workers(where: str = "here") -> Workers:
    """Return the workers that a text names; close them when they are no longer needed.

    Args:
        where: "here" (this process), a number (so many processes of this machine), "ray" (a Ray that is started for
            it), "auto" (the Ray cluster that this machine belongs to), or the address of one to join, as "ray://host:6379".

    Raises:
        DreamError: another text, or Ray is not installed or not reached.
    """
    if where == "here":
        from deepdream.workers.local import LocalWorkers

        return LocalWorkers()
    if where.isdecimal() and 1 <= int(where) <= 256:
        from deepdream.workers.processes import ProcessWorkers

        return ProcessWorkers(int(where))
    if where in ("ray", "auto") or where.startswith("ray://"):
        from deepdream.workers.on_ray import RayWorkers

        return RayWorkers(None if where == "ray" else where)
    raise DreamError(f"engines: received {quoted(where)}; allowed: here, 1 to 256, ray, auto, or ray://HOST:PORT.")
