"""The house's order: who imports whom, what loads without TensorFlow, and the public names."""

import ast
import functools
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import deepdream

PACKAGE = Path(deepdream.__file__).parent

# Each module, or package as one, imports only what stands above it.
ORDER = [
    "errors", "replacing", "settings", "recipe", "presets", "variations", "images", "octaves", "finishing", "frames",
    "optimizers", "engine", "networks", "objectives", "gradients", "canvas", "transforms", "turns", "tiles", "ascent",
    "balance", "dreaming", "workers", "inspection", "visualization", "style", "film", "browser", "cli", "web",
    "__main__",
]  # fmt: skip
# Within a folder too.
INSIDE = {
    "settings": "json_text targets kinds table codec finish",
    "presets": "preset looks published",
    "images": "photo opening metadata reading apart resizing writing",
    "engine": "graph network backward rewrites precision kernels onednn compile",
    "networks": (
        "channel_names download conversion cache keras_layers from_keras compact imagenet inception5h own_model"
    ),
    "objectives": "measures statistics algebra terms aims",
    "workers": "processors jobs local processes on_ray batch",
    "inspection": "colormap contact_sheet maps views",
    "visualization": "presets cache gardens visualize job",
    "style": "settings scales aim paint job",
    "film": (
        "formula settings hearing tracks deforum film score camera flow change encoding clip dreamer stills flights "
        "clips making reel joining animations notes apart production"
    ),
    "browser": "runtime table writer operations export bundle kept site",
    "cli": "setting_options options engines progress files network job batch dream film style explore lists site",
    "web": "wishes texts files device components server rooms api hosting privacy unfurl page asgi serving",
    "web.components": "pieces pictures atlas controls described",
    "web.server": (
        "limits callers messages bodies tools door budgets ledger scheduler uploads folders held decoders costs "
        "previews beginnings render visitors lifetimes host events gate health metrics draining renders"
    ),
    "web.rooms": "shared dream style film explore",
    "web.rooms.shared": "results sharing photos stage actions kept finished layout",
    "web.rooms.dream": (
        "ongoing state keeping kept pointing settings material dreams visits results faces chance layout"
    ),
    "web.rooms.style": "state previews painting actions results kept layout",
    "web.rooms.film": "state filming actions layout",
    "web.rooms.explore": "state exploring growing actions layout",
}
WITHOUT_TENSORFLOW = [*ORDER[: ORDER.index("engine")], "engine.graph", "engine.network"]
PUBLIC = [
    "DownloadError", "DreamError", "Film", "Frame", "ImageError", "LayerError", "NetworkError", "Photo", "Recipe",
    "RecipeError",
    "StyleSettings",
    "deliver", "dream", "feature_maps", "from_link", "load_network", "make_film", "preset", "presets", "read_image",
    "read_recipe", "stylize", "to_link", "visualize", "write_image",
]  # fmt: skip


SOURCES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path != PACKAGE / "__init__.py"
}


@functools.cache
def imports(path, *, at_once=False):
    """Return the modules of the package that a file imports, at any depth of its code or (`at_once`) when it is
    loaded."""
    tree = ast.parse(path.read_text())
    nodes = (
        ast.walk(tree)
        if not at_once
        else [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    )
    folder = path.parent.relative_to(PACKAGE.parent).parts
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = folder[: len(folder) - node.level + 1] if node.level else ()
            base = ".".join([*start, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return {module for name in names if (module := module_of(name.removeprefix("deepdream."))) is not None}


def module_of(name):
    """Return the module that `import a.b.c` or `from a.b import c` loads: a.b.c where it is one, else a.b."""
    while name and name not in SOURCES:
        name = name.rpartition(".")[0]
    return name or None


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_imports_only_what_stands_above_it(name):
    unit = name.split(".")[0]
    assert unit in ORDER, f"{unit} has no place in the order yet"
    for other in imports(SOURCES[name]):
        other = other.split(".")[0]
        assert other == unit or ORDER.index(other) < ORDER.index(unit), f"{unit} imports {other}, which stands below it"


@pytest.mark.parametrize("name", [name for name in SOURCES if name.split(".")[0] in ("cli", "film", "web")])
def test_command_line_films_and_page_ask_workers_for_frames(name):
    taken = [node for node in ast.walk(ast.parse(SOURCES[name].read_text())) if isinstance(node, ast.ImportFrom)]
    named = {(node.module, alias.name) for node in taken for alias in node.names}
    streams = {("dreaming", "dream"), ("style.paint", "stylize"), ("visualization.visualize", "visualize")}
    assert named & {(f"deepdream.{module}", stream) for module, stream in streams} == set()


def test_ray_is_imported_by_one_module_alone():
    importing = {
        name for name, path in SOURCES.items() if re.search(r"^\s*(import|from) ray\b", path.read_text(), re.M)
    }
    assert importing == {"workers.on_ray"}


def inside(folder, name):
    """Return what of a folder a module is or lies in; "" where it lies elsewhere, or is the folder itself."""
    return name[len(folder) + 1 :].split(".")[0] if name.startswith(f"{folder}.") else ""


@pytest.mark.parametrize("folder", INSIDE)
def test_a_folder_has_an_order_inside(folder):
    order = ["", *INSIDE[folder].split()]  # "" stands above: what lies elsewhere
    for name, path in SOURCES.items():
        if own := inside(folder, name):
            assert own in order, f"{own} has no place in the order of {folder} yet"
            below = {other for each in imports(path) if (other := inside(folder, each)) not in (own, "")}
            below = {other for other in below if order.index(other) > order.index(own)}
            assert not below, f"{name} imports {below}, which stands below it"


def test_every_folder_declares_its_order():
    folders = {name.rpartition(".")[0] for name in SOURCES} - {""}
    assert folders == set(INSIDE)
    for folder, order in INSIDE.items():
        assert set(order.split()) == {own for name in SOURCES if (own := inside(folder, name))}


def test_no_room_of_the_page_knows_another():
    rooms = set(INSIDE["web.rooms"].split()) - {"shared"}
    for name, path in SOURCES.items():
        own = inside("web.rooms", name)
        known = {inside("web.rooms", each) for each in imports(path)} & set(rooms)
        allowed = {own} if own else rooms if name == "web.page" else set()
        assert known <= allowed, f"{name} knows {known}"


def test_the_order_names_no_module_that_is_gone():
    assert set(ORDER) == {name.split(".")[0] for name in SOURCES}


def test_no_two_modules_wait_for_each_other():
    graph = {name: imports(path, at_once=True) - {name} for name, path in SOURCES.items()}

    def behind(name, seen):
        for other in graph[name] - seen:
            seen.add(other)
            behind(other, seen)
        return seen

    assert [name for name in graph if name in behind(name, set())] == []


def test_no_two_modules_name_each_other_even_for_types():
    graph = {name: imports(path) - {name} for name, path in SOURCES.items()}

    def behind(name, seen):
        for other in graph.get(name, set()) - seen:
            seen.add(other)
            behind(other, seen)
        return seen

    assert [name for name in graph if name in behind(name, set())] == []


def listed():
    """Return the folders and files of ARCHITECTURE's list, as paths below the package."""
    text = (PACKAGE.parent / "ARCHITECTURE.md").read_text("utf-8")
    block = text.split("```")[1].split("deepdream/\n")[1].split("\napp.py")[0]
    found, folder = set(), ""
    for line in block.splitlines():
        depth = len(line) - len(line.lstrip())
        names = re.findall(r"(?<![\w/.])([\w/]+(?:\.py|/))(?![\w(])", line)
        if depth == 2 and names:
            folder = names[0] if names[0].endswith("/") else ""
            found |= {folder} - {""} | {folder + name for name in names if name.endswith(".py")}
        elif depth == 4 and folder != "web/":
            found |= {folder + name for name in names if name.endswith(".py")}
    return found


def test_the_list_in_architecture_names_what_is_there_and_nothing_else():
    found = listed()
    gone = {name for name in found if not (PACKAGE / name).exists()}
    assert gone == set()
    units = {path.name + "/" if path.is_dir() else path.name for path in PACKAGE.iterdir() if path.name[0] not in "._"}
    assert units - found == set()
    for folder in (each for each in units if each.endswith("/") and each != "web/"):
        inside = {f"{folder}{path.name}" for path in (PACKAGE / folder).glob("*.py") if path.name[0] != "_"}
        named = {name for name in found if name.startswith(folder) and name.endswith(".py")}
        assert not named or inside - named == set(), "a folder lists all of its modules, or none"


ASKED_FOR = {  # and never by us: by Python, argparse, NumPy or PyAV
    "__getattr__", "__dir__", "__init_subclass__", "_negative_number_matcher", "usage", "writeable", "thread_type",
    "thread_count", "bit_rate", "pix_fmt",
    # by Gradio and uvicorn
    "is_template", "api_info", "postprocess", "preprocess", "state_session_capacity", "handle_exit", "force_exit",
    "should_exit", "_local_url",
    "variation",  # a wish is read by its name
}  # fmt: skip


def test_nothing_is_there_that_nobody_uses():
    from vulture import Vulture

    search = Vulture()
    root = PACKAGE.parent
    search.scavenge([str(root / each) for each in ("deepdream", "tests", "app.py", "benchmarks", "training", "assets")])
    unused = search.get_unused_code(min_confidence=60)
    found = [each for each in unused if PACKAGE in each.filename.parents]
    assert [f"{each.filename}:{each.first_lineno} {each.name}" for each in found if each.name not in ASKED_FOR] == []


def test_scripts_import_only_what_is_there():
    """Nobody runs them at every commit, so that a name that went would break them unseen."""
    folders = (PACKAGE.parent / each for each in ("assets", "benchmarks", "training"))
    scripts = [path for folder in folders for path in folder.glob("*.py")]
    assert len(scripts) > 20
    for node in (node for path in scripts for node in ast.walk(ast.parse(path.read_text()))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "deepdream":
            home = importlib.import_module(node.module)
            for each in node.names:
                if not hasattr(home, each.name):
                    importlib.import_module(f"{node.module}.{each.name}")


def test_docstrings_name_errors_in_one_form():
    """Raises: on a line of its own, below it one error a line."""
    inline = [str(path) for path in PACKAGE.rglob("*.py") if re.search(r"^\s+Raises:[^\n]", path.read_text(), re.M)]
    assert inline == []


def test_the_first_half_loads_without_tensorflow():
    lines = [f"import deepdream.{name}" for name in WITHOUT_TENSORFLOW]
    lines += [
        "import deepdream, sys",
        "deepdream.Recipe, deepdream.presets, deepdream.preset, deepdream.read_image, deepdream.DreamError",
        "heavy = {'tensorflow', 'keras', 'scipy', 'gradio', 'torch'} & set(sys.modules)",
        "assert not heavy, heavy",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, cwd=PACKAGE.parent, timeout=60)


def test_the_public_names_are_these_and_each_can_be_had():
    assert deepdream.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(deepdream, name) is not None
        assert name in dir(deepdream)


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'deepdream' has no attribute 'dreams'"):
        _ = deepdream.dreams
    assert not hasattr(deepdream, "resize")


def test_a_preset_is_reached_through_the_public_names():
    assert deepdream.presets.PRESETS["hvass"].recipe == deepdream.preset("hvass")
