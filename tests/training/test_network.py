"""Folding, storing and starting anew keep what the network computes."""

import io
import json
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image

from training.augment import to_network
from training.checkpoint import save_checkpoint
from training.data import ClassNames, load_class_names, load_pictures
from training.export import export, load_exported, pack
from training.model import (
    ARCHITECTURES,
    COMPACT,
    JUDGE,
    Norm,
    build_model,
    fold,
    list_convolutions,
    read_weights,
    unfold,
    write_weights,
)
from training.settings import Settings
from training.train import prepare_keras

NAMES = ClassNames(("n01", "n02"), ("cat", "dog"))


@pytest.fixture(autouse=True)
def _float32():
    prepare_keras("float32")


@pytest.fixture
def pictures():
    random = np.random.default_rng(0)
    return to_network(random.integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)).numpy()


def disturb(model, seed=0):
    """Give every array of batch norm values that a trained network could have."""
    random = np.random.default_rng(seed)
    weights = read_weights(model)
    for path, array in weights.items():
        if "_norm/" in path:
            low = 0.5 if path.endswith(("gamma", "variance")) else -0.5
            weights[path] = random.uniform(low, 1.5, array.shape).astype(np.float32)
    write_weights(model, weights)
    return model


def run_layers(model, pictures, names):
    layers = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    return dict(zip(names, map(np.asarray, layers.predict(pictures, verbose=0)), strict=True))


def list_activations(stages):
    return [f"{stage.name}_relu" for stage in stages] + ["classes"]


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_folding_keeps_every_layer_output(architecture, pictures):
    stages = ARCHITECTURES[architecture]
    trained = disturb(build_model(stages))
    folded = build_model(stages, folded=True)
    write_weights(folded, fold(read_weights(trained), stages))
    expected = run_layers(trained, pictures, list_activations(stages))
    found = run_layers(folded, pictures, list_activations(stages))
    for name in expected:
        scale = np.sqrt((expected[name] ** 2).mean())
        assert np.abs(found[name] - expected[name]).max() <= 1e-5 * np.abs(expected[name]).max(), name
        assert scale > 0


@pytest.mark.parametrize("pool", ["average", "max"])
def test_a_file_is_run_with_the_pool_it_names(pool, pictures, tmp_path):
    source = build_model(COMPACT, folded=True, pool=pool)
    np.savez(tmp_path / "stored.npz", **pack(read_weights(source), NAMES, pool=pool))
    expected = source.predict(pictures, verbose=0)
    found = load_exported(tmp_path / "stored.npz").predict(pictures, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-2 * np.abs(expected).max())


def test_float16_storage_keeps_every_layer_to_a_hundredth(pictures, tmp_path):
    folded = build_model(COMPACT, folded=True)
    kept = fold(read_weights(disturb(build_model(COMPACT))), COMPACT)
    write_weights(folded, kept)
    np.savez(tmp_path / "stored.npz", **pack(kept, NAMES, pool="average"))
    stored = load_exported(tmp_path / "stored.npz")
    expected = run_layers(folded, pictures, list_activations(COMPACT))
    found = run_layers(stored, pictures, list_activations(COMPACT))
    for name in expected:
        error = np.sqrt(((found[name] - expected[name]) ** 2).mean() / (expected[name] ** 2).mean())
        assert 0 < error < 1e-2, name


def test_starting_from_folded_weights_keeps_the_logits(pictures):
    random = np.random.default_rng(2)
    source = build_model(COMPACT, folded=True)
    weights = {
        path: array + 0.1 * random.standard_normal(array.shape).astype(np.float32) * path.endswith("bias")
        for path, array in read_weights(source).items()
    }
    write_weights(source, weights)
    started = build_model(COMPACT)
    unfold(weights, started, COMPACT, pictures=pictures)
    expected, found = source.predict(pictures, verbose=0), started.predict(pictures, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_stages_that_the_start_lacks_change_nothing_at_first(pictures):
    plain = tuple(stage for stage in COMPACT if not stage.residual)
    source = build_model(plain, folded=True)
    started = build_model(COMPACT)
    unfold(read_weights(source), started, COMPACT, pictures=pictures)
    expected, found = source.predict(pictures, verbose=0), started.predict(pictures, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_unit_filters_are_what_a_start_trains(pictures):
    started = build_model(COMPACT)
    unfold(read_weights(build_model(COMPACT, folded=True)), started, COMPACT, pictures=pictures)
    kernel = np.asarray(read_weights(started)["conv3_2/kernel"])
    np.testing.assert_allclose((kernel**2).sum((0, 1, 2)), 1, rtol=1e-5)


def test_the_fused_norm_equals_kerass_own_in_training(pictures):
    fused, plain = Norm(axis=1, epsilon=1e-5), keras.layers.BatchNormalization(axis=1, epsilon=1e-5)
    found, expected = (np.asarray(layer(pictures, training=True).detach()) for layer in (fused, plain))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(fused.moving_mean.numpy(), plain.moving_mean.numpy(), atol=1e-6)


def test_the_network_fits_in_eight_megabytes_of_float16():
    stored = pack(fold(read_weights(build_model(COMPACT)), COMPACT), NAMES, pool="average")
    assert sum(array.nbytes for array in stored.values()) <= 8_000_000


def test_the_judge_shares_no_shape_of_convolution_with_the_network():
    shapes = [{(c.channels, c.kernel, c.stride) for c in list_convolutions(stages)} for stages in (COMPACT, JUDGE)]
    assert not shapes[0] & shapes[1]


def test_weights_beyond_float16_are_refused_by_name():
    with pytest.raises(ValueError, match=r"conv1/kernel holds values up to 1e\+05; float16 ends at 65504\."):
        pack({"conv1/kernel": np.array([1e5])}, NAMES, pool="max")


def test_weights_of_another_network_are_refused_by_name():
    with pytest.raises(ValueError, match='hold no "conv1/kernel"'):
        write_weights(build_model(COMPACT), read_weights(build_model(JUDGE)))


def test_an_export_says_how_the_network_came_to_be(tmp_path):
    model = build_model(COMPACT)
    state = {f"average/{path}": array for path, array in read_weights(model).items()} | {"step": np.array(3)}
    save_checkpoint(state, Settings(epochs=5, seed=4), run=tmp_path, epoch=None)
    output = tmp_path / "compact.npz"
    export(tmp_path / "newest.npz", archive=make_archive(tmp_path), output=output, origin="Another network.")
    about = json.loads(output.with_suffix(".json").read_text())
    assert about["command"].endswith("--init START.npz --epochs 5 --seed 4")
    assert (about["epochs"], about["step"], about["seed"], about["accuracy"]) == (5, 3, 4, None)
    assert {"data", "licence", "layout", "stages"} <= about.keys()
    with np.load(output) as stored:
        assert stored["labels"].tolist() == ["goldfish", "newt"] and stored["pool"] == "average"
        assert stored["conv5_2a/kernel"].dtype == np.float16 and stored["conv5_2a/kernel"].shape == (3, 3, 512, 128)


def test_the_archive_is_read_in_the_order_of_its_classes(tmp_path):
    archive = make_archive(tmp_path)
    train, valid = (load_pictures(part, archive=archive, cache=tmp_path / "cache") for part in ("train", "valid"))
    assert load_class_names(archive) == ClassNames(("n02", "n01"), ("goldfish", "newt"))
    assert train.classes.tolist() == [1, 0] and valid.classes.tolist() == [0]
    assert train.pixels.shape == (2, 64, 64, 3)
    assert train.pixels[0].mean() == pytest.approx(40, abs=2) and train.pixels[1].mean() == pytest.approx(200, abs=2)


def test_a_part_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match='"test" is not a part of the archive; allowed: train, valid'):
        load_pictures("test", archive=tmp_path, cache=tmp_path)


def make_archive(folder):
    """An archive of three flat pictures, one of them gray, laid out as the public one."""
    path = folder / "tiny.zip"
    files = {
        "wnids.txt": b"n02\nn01\n",
        "words.txt": b"n01\tnewt, triton\nn02\tgoldfish, Carassius auratus\nn03\tentity\n",
        "val/val_annotations.txt": b"val_0.JPEG\tn02\t0\t0\t9\t9\n",
        "val/images/val_0.JPEG": make_jpeg("RGB", (10, 20, 30)),
        "train/n02/images/n02_0.JPEG": make_jpeg("L", 200),
        "train/n01/images/n01_0.JPEG": make_jpeg("RGB", (40, 40, 40)),
    }
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in files.items():
            opened.writestr(f"tiny-imagenet-200/{name}", content)
    return path


def make_jpeg(mode, color):
    buffer = io.BytesIO()
    Image.new(mode, (64, 64), color).save(buffer, "JPEG")
    return buffer.getvalue()
