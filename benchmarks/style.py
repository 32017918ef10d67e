"""Measure a style transfer with VGG19 against a plain TensorFlow loop and PyTorch, in alternating runs of one process.

    python -m benchmarks.style [--size 512] [--rounds 3] [--steps 2]

Weights are random: speed does not know the difference, and nothing is downloaded. All three take the same layers, the
same losses and Adam at one scale. The TensorFlow loop is a step under tf.function with a gradient tape and Keras's
Adam, as TensorFlow's own tutorial has it; PyTorch runs eagerly, channels last. PyTorch is left out where it is not
installed.
"""

import argparse
import importlib.util
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from deepdream.engine.precision import chosen_precision
from deepdream.images import resize
from deepdream.networks import load_network
from deepdream.style.paint import stylize
from deepdream.style.settings import STYLE_PRESETS

CONTENT, STYLE = "block5_conv2", tuple(f"block{block}_conv1" for block in range(1, 6))
CONTENT_WEIGHT, STYLE_WEIGHT, LEARNING_RATE = 1e3, 1e-2, 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=2, help="of each, in a round")
    options = parser.parse_args()
    random = np.random.default_rng(0)
    # Different enough that nothing is reached early: to a random network one noise is like another.
    content = resize(random.random((24, 24, 3)).astype(np.float32), (options.size, options.size))
    style = random.random((options.size, options.size, 3)).astype(np.float32) ** 3
    runners = {
        "ours, " + chosen_precision(): ours(content, style),
        "TensorFlow loop, fp32": plain_tensorflow(content, style),
    }
    if importlib.util.find_spec("torch") is not None:
        runners["PyTorch, fp32"] = plain_torch(content, style, bf16=False)
        runners["PyTorch, bf16"] = plain_torch(content, style, bf16=True)
    for step in runners.values():
        step()  # traces, and lays the weights out
    wall: dict[str, list[float]] = {name: [] for name in runners}
    work: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(options.rounds):
        for name, step in runners.items():
            begun, used = time.perf_counter(), time.process_time()
            for _ in range(options.steps):
                step()
            wall[name].append((time.perf_counter() - begun) / options.steps)
            work[name].append((time.process_time() - used) / options.steps)
    base = statistics.median(wall["TensorFlow loop, fp32"])
    counts = f"{options.rounds} rounds of {options.steps} steps, {os.cpu_count()} cores"
    print(f"VGG19, {options.size} x {options.size}, {counts}")
    print("| way | s a step, least / median | processor s a step | against the TensorFlow loop |\n|---|---|---|---|")
    for name, times in wall.items():
        middle = statistics.median(times)
        used = statistics.median(work[name])
        print(f"| {name} | {min(times):.2f} / {middle:.2f} | {used:.2f} | {base / middle:.2f} |")


def ours(content: np.ndarray, style: np.ndarray) -> Callable[[], object]:
    settings = STYLE_PRESETS["published"].replace(steps=100_000)
    stream = stylize(content, style, settings, network=load_network("vgg19", weights=None))
    return lambda: next(stream)


def plain_tensorflow(content: np.ndarray, style: np.ndarray) -> Callable[[], object]:
    vgg = keras.applications.VGG19(include_top=False, weights=None)
    model = keras.Model(vgg.input, [vgg.get_layer(name).output for name in (CONTENT, *STYLE)])

    def gram(a: tf.Tensor) -> tf.Tensor:
        places = tf.cast(tf.shape(a)[1] * tf.shape(a)[2], tf.float32)
        return tf.einsum("bijc,bijd->bcd", a, a) / places

    wanted = model(content[None] * 255 - 120)[0]
    grams = [gram(a) for a in model(style[None] * 255 - 120)[1:]]
    image = tf.Variable(content[None] * 255 - 120)
    optimizer = keras.optimizers.Adam(LEARNING_RATE, beta_1=0.99, epsilon=0.1)
    optimizer.build([image])

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            seen, *layers = model(image)
            loss = CONTENT_WEIGHT * tf.reduce_sum(tf.square(seen - wanted))
            for a, target in zip(layers, grams, strict=True):
                loss += STYLE_WEIGHT / 5 * tf.reduce_mean(tf.square(gram(a) - target))
        optimizer.apply([tape.gradient(loss, image)], [image])
        image.assign(tf.clip_by_value(image, -120.0, 135.0))
        return loss

    return lambda: float(step())


def plain_torch(content: np.ndarray, style: np.ndarray, *, bf16: bool) -> Callable[[], object]:
    import torch

    channels = [(64, 2), (128, 2), (256, 4), (512, 4), (512, 2)]  # to block5_conv2
    layers: list[torch.nn.Module] = []
    names: list[str] = []
    before = 3
    for block, (width, count) in enumerate(channels, start=1):
        for number in range(1, count + 1):
            layers.append(torch.nn.Sequential(torch.nn.Conv2d(before, width, 3, padding=1), torch.nn.ReLU()))
            names.append(f"block{block}_conv{number}")
            before = width
        layers.append(torch.nn.MaxPool2d(2))
        names.append("")
    model = torch.nn.ModuleList(layers).to(memory_format=torch.channels_last).requires_grad_(False)

    def look(x: torch.Tensor) -> dict[str, torch.Tensor]:
        seen = {}
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            for name, layer in zip(names, model, strict=True):
                x = layer(x)
                seen[name] = x
                if name == CONTENT:
                    return {key: value.float() for key, value in seen.items() if key in (CONTENT, *STYLE)}
        raise AssertionError(CONTENT)

    def gram(a: torch.Tensor) -> torch.Tensor:
        rows = a.flatten(2)
        return rows @ rows.transpose(1, 2) / rows.shape[2]

    def tensor(picture: np.ndarray) -> torch.Tensor:
        moved = torch.from_numpy(np.moveaxis(picture * 255 - 120, -1, 0)[None].astype(np.float32))
        return moved.contiguous(memory_format=torch.channels_last)

    with torch.no_grad():
        wanted = look(tensor(content))[CONTENT]
        grams = {name: gram(look(tensor(style))[name]) for name in STYLE}
    image = tensor(content).requires_grad_(True)
    optimizer = torch.optim.Adam([image], LEARNING_RATE, (0.99, 0.999), 0.1)

    def step() -> float:
        optimizer.zero_grad()
        seen = look(image)
        loss = CONTENT_WEIGHT * (seen[CONTENT] - wanted).square().sum()
        for name in STYLE:
            loss = loss + STYLE_WEIGHT / 5 * (gram(seen[name]) - grams[name]).square().mean()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            image.clamp_(-120, 135)
        return float(loss.detach())

    return step


if __name__ == "__main__":
    main()
