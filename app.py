"""Start the DeepDream studio page; python app.py --help tells the options, python app.py --settings all of them."""

import importlib.util
import logging
import os
import signal
import sys


def main() -> None:
    """Read the settings and serve the page until it is interrupted."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # the page asks nothing of any other machine
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from deepdream.errors import DreamError

    try:
        start(sys.argv[1:])
    except DreamError as error:
        print(f"app.py: {error}", file=sys.stderr)
        sys.exit(2)


def start(arguments: list[str]) -> None:
    """Serve the page as arguments, environment and a file say."""
    from deepdream.web.server.folders import claim  # before Gradio, which reads the folder's name when it is imported

    if "--settings" not in arguments:
        claim()
    from deepdream.web import hosting

    if "--settings" in arguments:
        print(hosting.described())
        return
    settings, limits = hosting.read_hosting(arguments)
    if settings.mcp and importlib.util.find_spec("mcp") is None:
        hosting.parser().error("--mcp needs a package that is not installed: pip install 'gradio[mcp]'")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # before it serves; the folder goes with it then
    if settings.journal:
        logging.basicConfig(stream=sys.stdout, format="%(message)s")
        logging.getLogger("deepdream.renders").setLevel(logging.INFO)
    from deepdream.web.serving import serve

    serve(settings, limits, told=print)


if __name__ == "__main__":
    main()
