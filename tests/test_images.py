"""Reading odd files, writing with the recipe inside, and resizing against TensorFlow, SciPy and Pillow."""

import io
import os
import stat
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin
from strategies import RECIPES, picture

from deepdream import images
from deepdream.errors import ImageError, RecipeError
from deepdream.images import (
    Photo,
    as_photo,
    encode_jpeg,
    read_image,
    read_recipe,
    read_record,
    resize,
    row_blocks,
    to_uint8,
    write_image,
)
from deepdream.recipe import Recipe
from deepdream.settings.json_text import MAX_JSON


def encoded(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_file(width, height, *, depth, color, rows, extra=b""):
    """Write a PNG by hand, for what Pillow does not write: color 0 gray, 2 RGB, 6 RGBA."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


LEVELS = to_uint8(picture(6, 9))
RGB = Image.fromarray(LEVELS)


# Reading


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "WEBP", "GIF"])
def test_a_lossless_picture_is_read_as_it_is(format):
    flat = Image.fromarray(np.uint8([[[255, 0, 0], [0, 51, 255]], [[0, 0, 0], [255, 255, 255]]]))
    photo = read_image(encoded(flat, format, **({"lossless": True} if format == "WEBP" else {})))
    assert photo.pixels.dtype == np.float32 and photo.pixels.flags.c_contiguous and photo.alpha is None
    np.testing.assert_array_equal(photo.pixels, np.float32([[[1, 0, 0], [0, 0.2, 1]], [[0, 0, 0], [1, 1, 1]]]))


def test_a_jpeg_is_read():
    smooth = Image.new("RGB", (40, 30), (200, 100, 50))
    assert np.abs(read_image(encoded(smooth, "JPEG")).pixels * 255 - [200, 100, 50]).max() < 3


def test_a_path_bytes_and_a_file_give_the_same_photo(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(RGB, "PNG"))
    with open(path, "rb") as file:
        file.read(10)  # wherever it stands
        sources = [read_image(each).pixels for each in (path, str(path), path.read_bytes(), file)]
    for pixels in sources:
        np.testing.assert_array_equal(to_uint8(pixels), LEVELS)


def test_a_stream_that_cannot_seek_is_read():
    class Pipe(io.RawIOBase):
        inner = io.BytesIO(encoded(RGB, "PNG"))

        def readable(self):
            return True

        def read(self, size=-1):
            return self.inner.read(size)

    np.testing.assert_array_equal(to_uint8(read_image(Pipe()).pixels), LEVELS)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_photo_stands_upright(format, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.kron(LEVELS[:, :, :], np.ones((8, 8, 1), np.uint8)))  # blocks that JPEG keeps apart
    data = encoded(stored, format, exif=exif, **({"quality": 100} if format in ("JPEG", "WEBP") else {}))
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    assert expected.shape[:2] == ((48, 72) if orientation < 5 else (72, 48))
    np.testing.assert_array_equal(to_uint8(read_image(data).pixels), expected)


def test_broken_notes_do_not_keep_a_photo_from_being_read():
    for exif in (b"Exif\0\0", b"Exif\0\0garbage" * 5, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"):
        assert read_image(encoded(RGB, "JPEG", exif=exif)).size == (6, 9)
    exif = Image.Exif()
    exif[0x0112] = 77
    assert read_image(encoded(RGB, "PNG", exif=exif)).size == (6, 9)


def test_gray_becomes_three_equal_channels():
    gray = np.uint8([[0, 128, 255]])
    photo = read_image(encoded(Image.fromarray(gray), "PNG"))
    np.testing.assert_array_equal(to_uint8(photo.pixels), np.dstack([gray] * 3))


def test_one_bit_is_read_as_black_and_white():
    photo = read_image(encoded(Image.fromarray(np.uint8([[0, 255]])).convert("1"), "PNG"))
    np.testing.assert_array_equal(photo.pixels[0, :, 0], [0, 1])


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bit_gray_is_scaled_and_not_white(format):
    deep = np.uint16([[0, 16384, 32768, 65535]])
    photo = read_image(encoded(Image.fromarray(deep), format))
    np.testing.assert_allclose(photo.pixels[0, :, 1], deep[0] / 65535, atol=1e-6)


def test_sixteen_bit_color_is_scaled():
    row = np.array([[0x0000, 0x4000, 0xFFFF], [0x8000, 0x8000, 0x8000]], ">u2")
    photo = read_image(png_file(2, 1, depth=16, color=2, rows=b"\0" + row.tobytes()))
    np.testing.assert_allclose(photo.pixels[0], row / 65535, atol=1 / 255)
    row = np.array([[0, 0x4000, 0xFFFF, 0x8000]], ">u2")
    photo = read_image(png_file(1, 1, depth=16, color=6, rows=b"\0" + row.tobytes()))
    np.testing.assert_allclose([*photo.pixels[0, 0], photo.alpha[0, 0]], row[0] / 65535, atol=1 / 255)


def test_gray_of_32_bits_and_of_floats_is_scaled():
    for white, dtype in ((1.0, np.float32), (255.0, np.float32), (65535.0, np.float32), (2**32 - 1, np.int32)):
        values = np.linspace(0, min(white, 2**31 - 1), 5).astype(dtype)[None]
        gray = read_image(encoded(Image.fromarray(values), "TIFF")).pixels[0, :, 0]
        np.testing.assert_allclose(gray, values[0] / white, rtol=1e-5)
    with pytest.raises(ImageError, match="not numbers"):
        read_image(encoded(Image.fromarray(np.float32([[0, np.nan]])), "TIFF"))


def test_deep_gray_with_a_transparent_value_keeps_alpha_aside():
    row = np.array([[0, 1000, 65535]], ">u2")
    photo = read_image(png_file(3, 1, depth=16, color=0, rows=b"\0" + row.tobytes(), extra=chunk(b"tRNS", b"\x03\xe8")))
    np.testing.assert_array_equal(photo.alpha, [[1, 0, 1]])


def test_alpha_is_kept_aside():
    alpha = np.uint8(np.arange(54).reshape(6, 9))
    transparent = RGB.copy()
    transparent.putalpha(Image.fromarray(alpha))
    for format in ("PNG", "TIFF"):
        photo = read_image(encoded(transparent, format))
        np.testing.assert_array_equal(to_uint8(photo.alpha), alpha)
        np.testing.assert_array_equal(to_uint8(photo.pixels), LEVELS)
        assert photo.alpha.shape == photo.size == (6, 9)
    gray = Image.merge("LA", [RGB.convert("L"), Image.fromarray(alpha)])
    np.testing.assert_array_equal(to_uint8(read_image(encoded(gray, "PNG")).alpha), alpha)


def test_an_opaque_alpha_is_no_alpha():
    assert read_image(encoded(RGB.convert("RGBA"), "PNG")).alpha is None


def test_alpha_turns_with_the_photo():
    transparent = RGB.copy()
    transparent.putalpha(Image.fromarray(np.uint8(np.arange(54).reshape(6, 9))))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = read_image(encoded(transparent, "PNG", exif=exif))
    expected = np.asarray(transparent.transpose(Image.Transpose.ROTATE_270))
    np.testing.assert_array_equal(to_uint8(photo.alpha), expected[..., 3])
    np.testing.assert_array_equal(to_uint8(photo.pixels), expected[..., :3])


def test_a_palette_with_and_without_transparency_is_read():
    palette = Image.fromarray(np.uint8([[0, 1, 2]]), "P")
    palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    photo = read_image(encoded(palette, "PNG"))
    np.testing.assert_array_equal(photo.pixels[0], np.eye(3))
    assert photo.alpha is None
    for format in ("PNG", "GIF"):
        photo = read_image(encoded(palette, format, transparency=1))
        np.testing.assert_array_equal(photo.alpha, [[1, 0, 1]])
        np.testing.assert_array_equal(photo.pixels[0, 2], [0, 0, 1])


def test_cmyk_is_read_with_its_colors_and_not_inverted():
    photo = read_image(
        encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=100)
    )  # Adobe's, stored inverted
    assert np.abs(photo.pixels - [1, 0, 0]).max() < 0.05
    photo = read_image(encoded(Image.new("CMYK", (4, 4), (255, 0, 0, 0)), "TIFF"))
    assert np.abs(photo.pixels - [0, 1, 1]).max() < 0.05


def test_the_first_frame_of_an_animation_is_read():
    frames = [Image.new("RGB", (8, 8), color) for color in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    for format, options in (("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True})):
        data = encoded(frames[0], format, save_all=True, append_images=frames[1:], **options)
        np.testing.assert_array_equal(read_image(data).pixels[4, 4], [1, 0, 0])


def test_a_wide_color_profile_is_converted_to_srgb(tmp_path):
    ours = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(to_uint8(read_image(encoded(RGB, "PNG", icc_profile=ours)).pixels), LEVELS)
    swapped = swapped_profile(ours)
    data = encoded(Image.new("RGB", (4, 4), (200, 40, 40)), "PNG", icc_profile=swapped)
    red, green, blue = read_image(data).pixels[0, 0]
    assert blue > 0.7 and red < 0.25 and green < 0.25  # the profile calls its red primary what sRGB calls blue


def swapped_profile(profile):
    """Exchange the red and blue primaries of a profile and its name, as an extreme stand-in for a wide one."""
    swapped = bytearray(profile)
    count = struct.unpack(">I", profile[128:132])[0]
    entries = {profile[132 + 12 * k : 136 + 12 * k]: 132 + 12 * k for k in range(count)}
    red, blue = entries[b"rXYZ"], entries[b"bXYZ"]
    swapped[red + 4 : red + 12], swapped[blue + 4 : blue + 12] = (
        profile[blue + 4 : blue + 12],
        profile[red + 4 : red + 12],
    )
    at, length = struct.unpack(">II", profile[entries[b"desc"] + 4 : entries[b"desc"] + 12])
    text = bytes(swapped[at : at + length])
    swapped[at : at + length] = text.replace(b"s\0R\0G\0B", b"x\0R\0G\0B").replace(b"sRGB", b"xRGB")
    return bytes(swapped)


def test_a_broken_or_foreign_profile_is_ignored():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (b"no profile", b"\0" * 200, lab):
        np.testing.assert_array_equal(to_uint8(read_image(encoded(RGB, "PNG", icc_profile=profile)).pixels), LEVELS)
    rgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    gray = read_image(encoded(RGB.convert("L"), "PNG", icc_profile=swapped_profile(rgb)))  # does not fit gray
    np.testing.assert_array_equal(to_uint8(gray.pixels)[..., 0], np.asarray(RGB.convert("L")))


def test_heic_is_read_with_the_extra(monkeypatch):
    heif = pytest.importorskip("pillow_heif")
    smooth = Image.new("RGB", (64, 48), (200, 100, 50))
    file = io.BytesIO()
    heif.from_pillow(smooth).save(file, quality=95)
    photo = read_image(file.getvalue())
    assert photo.size == (48, 64) and np.abs(photo.pixels * 255 - [200, 100, 50]).max() < 6


def test_heic_without_the_extra_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    with pytest.raises(ImageError, match=r"HEIC photo; to read these: pip install 'deepdream\[heic\]'"):
        read_image(b"\0\0\0\x18ftypheic" + b"\0" * 40)


def test_one_pixel_and_one_huge_side_are_read():
    assert read_image(encoded(Image.new("RGB", (1, 1)), "PNG")).size == (1, 1)
    assert read_image(encoded(Image.new("L", (20_000, 1)), "PNG")).size == (1, 20_000)


# Refusing


BAD = {
    "empty": (b"", "is empty"),
    "text": (
        b"Hello, I am a text file.\n" * 10,
        "not a picture that can be read; allowed: JPEG, PNG, WEBP, GIF, BMP, TIFF, HEIC, AVIF",
    ),
    "html": (b"<html><body>403</body></html>", "not a picture"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "not a picture"),
    "cut off": (encoded(Image.effect_noise((64, 64), 50), "PNG")[:900], "damaged or cut off"),
    "cut jpeg": (encoded(Image.effect_noise((64, 64), 50), "JPEG")[:900], "damaged or cut off"),
    "only a header": (encoded(RGB, "PNG")[:20], "not a picture|damaged"),
    "wrong checksum": (encoded(RGB, "PNG")[:45] + b"\xff" + encoded(RGB, "PNG")[46:], "damaged"),
    "claims 10 gigapixels": (png_file(100_000, 100_000, depth=8, color=2, rows=b""), "too large|megapixels"),
    "claims no pixels": (png_file(0, 5, depth=8, color=2, rows=b""), "damaged|not a picture"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_picture_is_refused_in_plain_words(name, tmp_path):
    data, message = BAD[name]
    path = tmp_path / "folder" / "holiday.jpg"
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(ImageError, match=message) as caught:
        read_image(path)
    assert "holiday.jpg" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(ImageError, match=message):
        read_image(data)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path):
    with pytest.raises(ImageError, match=r"'gone\.jpg' cannot be opened: No such file") as caught:
        read_image(tmp_path / "gone.jpg")
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(ImageError, match="is a folder"):
        read_image(tmp_path)
    with pytest.raises(ImageError, match="cannot be opened"):
        read_image("zero\0byte.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(ImageError, match="not a plain file"):
            read_image(tmp_path / "pipe.png")


def test_megapixels_are_limited_from_the_header_before_decoding(monkeypatch):
    data = png_file(8000, 6000, depth=8, color=2, rows=b"not even pixels")
    with pytest.raises(ImageError, match=r"8000 x 6000 pixels, that is 48\.0 megapixels; allowed: 40"):
        read_image(data)
    with pytest.raises(ImageError, match="damaged"):
        read_image(data, max_megapixels=50)
    assert read_image(encoded(Image.new("L", (100, 100)), "PNG"), max_megapixels=0.01).size == (100, 100)


def test_the_size_of_a_file_is_limited(monkeypatch):
    monkeypatch.setattr(images.opening, "MAX_BYTES", 100)
    with pytest.raises(ImageError, match="allowed: 0 MiB"):
        read_image(encoded(Image.effect_noise((64, 64), 50), "PNG"))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"]), st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(format, data):
    whole = bytearray(encoded(RGB, format))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(whole[: data.draw(st.integers(1, len(whole)))])
    try:
        assert read_image(whole, max_megapixels=1).pixels.shape[2] == 3
    except ImageError as error:
        assert str(error)


# Arrays as photos


def test_arrays_become_photos():
    np.testing.assert_array_equal(as_photo(LEVELS).pixels, picture(6, 9))
    assert as_photo(np.zeros((3, 4))).pixels.shape == as_photo(np.zeros((3, 4, 1))).pixels.shape == (3, 4, 3)
    photo = as_photo(np.full((3, 4, 4), 0.5))
    assert photo.alpha.shape == (3, 4) and photo.pixels.dtype == np.float32
    assert as_photo(photo) is photo


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((1, 4, 4, 3)), "batch axis"), (np.zeros(3), "shape"), (np.zeros((4, 4, 2)), "shape"),
        (np.zeros((0, 4, 3)), "shape"),
        (np.full((2, 2, 3), 255.0), "divide 0..255 by 255"), (np.full((2, 2, 3), np.nan), "received nan"),
        (np.full((2, 2, 3), -0.5), "received -0.5"), (np.zeros((2, 2, 3), np.int64), "int64"),
        (np.zeros((2, 2, 3), bool), "bool"),
        (None, "shape"), ("photo.png", "shape"),
    ],
)  # fmt: skip
def test_arrays_that_are_no_pictures_are_refused(array, message):
    with pytest.raises(ImageError, match=message):
        as_photo(array)


# Writing


@pytest.mark.parametrize("ending", [".png", ".jpg", ".jpeg", ".webp", ".PNG"])
def test_the_recipe_and_the_record_come_back_out_of_a_picture(tmp_path, ending):
    recipe = Recipe(steps=30, layers={"mixed4:17@0.5,0.3": -1.5, "classes:jack-o'-lantern": 1}, max_loss=3)
    path = tmp_path / f"dream{ending}"
    write_image(path, picture(6, 9), recipe=recipe, record={"precision": "bf16", "weights": "ab12", "version": "0.1.0"})
    assert read_recipe(path) == recipe == read_recipe(path.read_bytes())
    assert read_record(path) == {"precision": "bf16", "weights": "ab12", "version": "0.1.0"}
    assert read_image(path).size == (6, 9)


@settings(max_examples=25)
@given(RECIPES, st.sampled_from([".png", ".jpg", ".webp"]))
def test_any_recipe_survives_in_any_picture(tmp_path_factory, recipe, ending):
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    write_image(path, picture(2, 2), recipe=recipe)
    assert read_recipe(path) == recipe


@given(RECIPES)
@settings(max_examples=25)
def test_any_recipe_survives_in_a_json_file(tmp_path_factory, recipe):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(recipe.to_json())
    assert read_recipe(path) == recipe


def test_png_and_lossless_values_come_back_exactly(tmp_path):
    write_image(tmp_path / "a.png", picture(6, 9))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").pixels, picture(6, 9))


def test_alpha_is_put_back_where_the_format_has_it(tmp_path):
    alpha = np.linspace(0, 1, 54, dtype=np.float32).reshape(6, 9)
    for ending in (".png", ".webp"):
        write_image(tmp_path / f"a{ending}", picture(6, 9), alpha=alpha)
        np.testing.assert_array_equal(to_uint8(read_image(tmp_path / f"a{ending}").alpha), to_uint8(alpha))
        write_image(tmp_path / f"b{ending}", Photo(picture(6, 9), alpha))
        assert read_image(tmp_path / f"b{ending}").alpha is not None
    write_image(tmp_path / "a.jpg", picture(6, 9), alpha=alpha)
    assert read_image(tmp_path / "a.jpg").alpha is None
    with pytest.raises(ImageError, match="alpha has the shape"):
        write_image(tmp_path / "a.png", picture(6, 9), alpha=alpha.T)


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_no_notes_of_the_photo_are_written(tmp_path, ending):
    write_image(tmp_path / f"bare{ending}", picture(6, 9))
    with Image.open(tmp_path / f"bare{ending}") as image:
        assert not image.getexif() and "deepdream" not in image.info
    write_image(tmp_path / f"full{ending}", picture(6, 9), recipe=Recipe())
    with Image.open(tmp_path / f"full{ending}") as image:
        assert set(image.getexif()) <= {0x8769} and not image.getexif().get_ifd(0x8825)  # 0x8825: the place


def test_quality_matters_for_jpeg_and_webp(tmp_path):
    for ending in (".jpg", ".webp"):
        sizes = []
        for quality in (20, 95):
            write_image(tmp_path / f"a{ending}", picture(64, 64), quality=quality)
            sizes.append((tmp_path / f"a{ending}").stat().st_size)
        assert sizes[0] < sizes[1]


def test_an_unknown_ending_or_a_folder_that_is_not_there_is_refused(tmp_path):
    for name in ("a.bmp", "a", "a.png.txt", ".png"):
        with pytest.raises(ImageError, match=r"does not end in \.png, \.jpg, \.jpeg, \.webp"):
            write_image(tmp_path / name, picture(2, 2))
    with pytest.raises(ImageError, match=r"'a\.png' cannot be written: No such file or directory") as caught:
        write_image(tmp_path / "nowhere" / "a.png", picture(2, 2))
    assert str(tmp_path) not in str(caught.value)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ImageError, match="cannot be written"):
        write_image(tmp_path / "folder.png", picture(2, 2))
    with pytest.raises(ImageError, match=r"cannot be written.* 20000 x 1 pixels"):
        write_image(tmp_path / "wide.webp", picture(1, 20_000))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.png"]  # nothing half-written stays


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    write_image(path, picture(2, 2))
    before = path.read_bytes()

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(images.writing, "_save", full)
    with pytest.raises(ImageError, match="No space left"):
        write_image(path, picture(9, 9))
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_written_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_image(tmp_path / "a.png", picture(2, 2))
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "a.png")]
    assert modes[0] == modes[1]


def test_a_record_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(ImageError, match=f"a picture holds {MAX_JSON}"):
        write_image(tmp_path / "a.png", picture(2, 2), record={"log": "x" * MAX_JSON})
    assert not list(tmp_path.iterdir())


# Reading recipes


def test_pictures_without_a_recipe_say_so(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "another program's")
    foreign = Image.Exif()
    foreign.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0my holiday"
    for data in (
        encoded(RGB, "PNG"), encoded(RGB, "PNG", pnginfo=info), encoded(RGB, "JPEG"),
        encoded(RGB, "JPEG", exif=foreign),
        encoded(RGB, "WEBP"), encoded(RGB, "GIF"),
    ):  # fmt: skip
        with pytest.raises(ImageError, match="holds no recipe"):
            read_recipe(data)
    write_image(tmp_path / "a.png", picture(2, 2), record={"precision": "fp32"})
    with pytest.raises(ImageError, match=r"'a.png' holds no recipe"):
        read_recipe(tmp_path / "a.png")
    assert read_record(tmp_path / "a.png") == {"precision": "fp32"}


@pytest.mark.parametrize(
    ("note", "error", "message"),
    [
        ("{", ImageError, "cannot be read"), ("3", ImageError, "no recipe"), ("[" * 5000, ImageError, "cannot be read"),
        ('{"deepdream": 1, "recipe": {"stepz": 3}}', RecipeError, "nearest: steps"),
        ('{"deepdream": 1, "recipe": {"version": 9}}', RecipeError, "update deepdream"),
        ('{"deepdream": 1, "recipe": [1]}', RecipeError, "JSON object"),
        ('{"deepdream": 1, "recipe": null}', ImageError, "no recipe"),
        ('{"deepdream": 1, "recipe": {"steps": "__import__(\'os\')"}}', RecipeError, "steps"),
        ('{"deepdream": 1, "recipe": {}, "x": "' + "y" * MAX_JSON + '"}', ImageError, "cannot be read"),
    ],
)  # fmt: skip
def test_a_note_from_a_stranger_is_checked(note, error, message):
    info = PngImagePlugin.PngInfo()
    info.add_text("deepdream", note)
    with pytest.raises(error, match=message):
        read_recipe(encoded(RGB, "PNG", pnginfo=info))


def test_bad_recipe_files_are_refused(tmp_path):
    for text, error in (
        ("", ImageError),
        ("{", RecipeError),
        ("[]", ImageError),
        ('{"stepz": 1}', RecipeError),
        ("hello", ImageError),
    ):
        (tmp_path / "r.json").write_text(text)
        with pytest.raises(error):
            read_recipe(tmp_path / "r.json")
    with pytest.raises(RecipeError, match="allowed: 32000"):
        read_recipe(b"{" + b" " * 40_000 + b"}")
    with pytest.raises(ImageError, match="cannot be opened"):
        read_recipe(tmp_path / "gone.json")
    (tmp_path / "r.json").write_bytes(b'\xef\xbb\xbf\n {"steps": 3}')
    assert read_recipe(tmp_path / "r.json") == Recipe(steps=3)


def test_a_note_is_read_without_decoding_the_picture():
    info = PngImagePlugin.PngInfo()
    info.add_text("deepdream", '{"deepdream": 1, "recipe": {"steps": 7}}')
    data = encoded(Image.new("RGB", (64, 64)), "PNG", pnginfo=info)
    assert read_recipe(data[: data.index(b"IDAT") + 8]) == Recipe(steps=7)


# To bytes


def test_values_are_rounded_and_clipped_to_eight_bits():
    np.testing.assert_array_equal(
        to_uint8(np.float32([[-1, 0, 0.4999 / 255, 0.5001 / 255, 0.5, 1, 2]])), [[0, 0, 0, 1, 128, 255, 255]]
    )
    np.testing.assert_array_equal(to_uint8(picture(300, 500)), np.rint(picture(300, 500) * 255))


def test_a_frame_is_a_jpeg():
    with Image.open(io.BytesIO(encode_jpeg(picture(6, 9)))) as image:
        assert image.format == "JPEG" and image.size == (9, 6) and not image.getexif()
    assert len(encode_jpeg(picture(64, 64), 30)) < len(encode_jpeg(picture(64, 64), 95))


def test_blocks_cover_all_rows_once():
    for shape in ((1, 1), (7, 10**6, 3), (10_000, 100, 3), (3, 0)):
        rows = np.zeros(shape[0], int)
        for block in row_blocks(shape):
            rows[block] += 1
        assert (rows == 1).all()


# Resizing

SIZES = [((6, 9), (12, 18)), ((57, 43), (40, 31)), ((40, 31), (57, 43)), ((1, 1), (5, 7)), ((5, 7), (1, 1)),
         ((1, 50), (3, 20)),
         ((100, 3), (7, 3)), ((8, 8), (8, 5)), ((300, 400), (299, 401))]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SIZES)
def test_bilinear_is_that_of_tensorflow(old, new):
    tensorflow = pytest.importorskip("tensorflow")
    image = picture(*old)
    np.testing.assert_allclose(resize(image, new), tensorflow.image.resize(image, new).numpy(), atol=3e-5)


@pytest.mark.parametrize(("old", "new"), SIZES)
def test_zoom_is_that_of_scipy(old, new):
    ndimage = pytest.importorskip("scipy.ndimage")
    image = picture(*old)
    expected = ndimage.zoom(image.astype(np.float64), (new[0] / old[0], new[1] / old[1], 1), order=1)
    assert expected.shape == (*new, 3)
    np.testing.assert_allclose(resize(image, new, "zoom"), expected, atol=1e-6)


@pytest.mark.parametrize(("old", "new"), SIZES)
def test_lanczos_is_that_of_pillow_on_cut_bytes(old, new):
    image = picture(*old)
    image[0, 0] = [1.5, -0.5, 0.99 / 255]
    cut = np.uint8(np.clip(np.float64(image) * 255 + 1e-4, 0, 255))
    expected = np.asarray(Image.fromarray(cut).resize((new[1], new[0]), Image.Resampling.LANCZOS))
    np.testing.assert_array_equal(to_uint8(resize(image, new, "lanczos")), expected)


def test_bicubic_shrinks_a_photo_and_its_larger_copy_to_the_same_picture():
    waves = np.sin(np.arange(24) / 3)[:, None, None] * np.cos(np.arange(30) / 4)[None, :, None] * 0.4 + 0.5
    large = np.repeat(np.repeat(waves, 4, axis=0), 4, axis=1).astype(np.float32)
    close = np.abs(resize(large, (12, 15), "bicubic") - resize(waves, (12, 15), "bicubic"))
    assert close.max() < 0.02
    grain = np.indices((96, 120)).sum(axis=0)[..., None] % 2 * np.float32(0.6)  # which aliasing would turn into blots
    assert np.ptp(resize(large + grain, (13, 17), "bicubic") - resize(large, (13, 17), "bicubic")) < 0.03


@pytest.mark.parametrize("method", images.RESIZES)
def test_any_number_of_channels_is_resized_alike(method):
    image = picture(20, 30)
    whole = resize(image, (13, 41), method)
    assert whole.dtype == np.float32 and whole.shape == (13, 41, 3)
    np.testing.assert_array_equal(resize(image[..., 0], (13, 41), method), whole[..., 0])
    np.testing.assert_array_equal(resize(np.concatenate([image, image], 2), (13, 41), method)[..., 3:], whole)
    np.testing.assert_array_equal(resize(image[:, ::-1].astype(np.float64), (13, 41), method).shape, whole.shape)


@pytest.mark.parametrize("method", images.RESIZES)
@pytest.mark.parametrize("size", [(20, 30), (31, 12), (77, 90)])
def test_a_constant_picture_stays_constant_and_a_result_is_new(method, size):
    image = np.full((20, 30, 3), 0.2, np.float32)
    result = resize(image, size, method)
    np.testing.assert_array_equal(result, np.full((*size, 3), 0.2, np.float32))
    assert not np.shares_memory(result, image)


def test_the_same_size_gives_the_same_picture():
    for method in images.RESIZES:
        np.testing.assert_array_equal(to_uint8(resize(picture(7, 5), (7, 5), method)), to_uint8(picture(7, 5)))


def test_a_bad_resize_is_refused():
    with pytest.raises(ImageError, match="'cubic' is not a way to resize; allowed: bicubic, bilinear, zoom, lanczos"):
        resize(picture(2, 2), (3, 3), "cubic")
    with pytest.raises(ImageError, match="cannot have the size 0 x 3"):
        resize(picture(2, 2), (0, 3))


def test_the_recipe_offers_the_ways_to_resize():
    assert Recipe.settings()["resize"].choices == images.RESIZES
