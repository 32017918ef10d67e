"""The compute type: bf16 where the processor or the card has units for it, else fp32, and what may be asked for."""

import functools
import logging
from pathlib import Path

import tensorflow as tf

from deepdream.engine.network import Network
from deepdream.errors import NetworkError

PRECISIONS = ("auto", "fp32", "bf16")

_log = logging.getLogger(__name__)


def resolve_precision(precision: str, network: Network | None = None) -> str:
    """Return "fp32" or "bf16" for any of PRECISIONS; a network without a graph runs in fp32 whatever is wished.

    Raises:
        NetworkError: the precision is another word.
    """
    if precision not in PRECISIONS:
        raise NetworkError(f'precision is "{precision}"; it must be one of {", ".join(PRECISIONS)}.')
    if network is not None and network.graph is None:
        return "fp32"
    return chosen_precision() if precision == "auto" else precision


@functools.cache
def chosen_precision() -> str:
    """Return the compute type that "auto" stands for on this machine, by the processor's flags, not by a timing."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        chosen = "bf16" if capability >= (8, 0) else "fp32"
        _log.info("Computing in %s: a GPU of compute capability %s.", chosen, ".".join(map(str, capability)))
        return chosen
    gains = sorted(processor_flags() & {"amx_bf16", "avx512_bf16"})
    chosen = "bf16" if gains else "fp32"
    _log.info("Computing in %s: the processor has %s.", chosen, " and ".join(gains) or "no bf16 units that we know of")
    return chosen


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Return the feature flags of the processor; none where the system does not list them as Linux does."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return frozenset()
    flags = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(flags, "").split())
