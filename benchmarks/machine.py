"""The machine and the commit that numbers depend on."""

import os
import platform
import subprocess
import time
from pathlib import Path

import keras
import tensorflow as tf

from deepdream.engine.precision import chosen_precision, processor_flags


def machine() -> dict:
    """Return what the numbers depend on."""
    names = [line.partition(":")[2].strip() for line in lines_of("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "flags": sorted(processor_flags() & {"avx2", "avx512f", "avx512_bf16", "amx_bf16"}),
        "gpus": [device.name for device in tf.config.list_physical_devices("GPU")],
        "chosen_precision": chosen_precision(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def peak_gflops(precision: str) -> float:
    """Return the GFLOP/s of a large matrix product, the best of ten: what the machine can do at most."""
    a = tf.cast(tf.random.stateless_normal((2048, 2048), (0, 0)), tf.bfloat16 if precision == "bf16" else tf.float32)
    product = tf.function(lambda a: tf.reduce_max(tf.matmul(a, a)), jit_compile=False)
    times = []
    for _ in range(10):
        began = time.perf_counter()
        product(a).numpy()
        times.append(time.perf_counter() - began)
    return 2 * 2048**3 / min(times[2:]) / 1e9


def lines_of(path: str) -> list[str]:
    """Return a file's lines; none where the system has no such file."""
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def commit() -> str:
    """Return the short name of the commit that is measured."""
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
