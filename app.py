"""Start the DeepDream studio page: python app.py [--host HOST] [--port PORT] [--share] [--root-path PATH] [--mcp]."""

import argparse
import importlib.util
import os
import signal
import sys


def main() -> None:
    """Read the options and serve the page until it is interrupted."""
    parser = argparse.ArgumentParser(description="Start the DeepDream studio page.")
    parser.add_argument(
        "--host", default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"), help="0.0.0.0 lets other machines in"
    )
    parser.add_argument("--port", type=int, help="default: the first free one from 7860")
    parser.add_argument(
        "--share", action="store_true", help="also make a public address for a week, through gradio.live"
    )
    parser.add_argument("--root-path", help="the path below which a proxy serves the page, such as /dream")
    parser.add_argument(
        "--mcp", action="store_true", help="offer the endpoints as tools to language models; needs gradio[mcp]"
    )
    options = parser.parse_args()
    if options.mcp and importlib.util.find_spec("mcp") is None:
        parser.error("--mcp needs a package that is not installed: pip install 'gradio[mcp]'")

    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # the page asks nothing of any other machine
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from deepdream.errors import DreamError
    from deepdream.web.server.folders import claim  # before Gradio, which reads the folder's name when it is imported

    try:
        claim()
    except DreamError as error:
        parser.exit(2, f"app.py: {error}\n")
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(0)
    )  # so that the folder goes when a service manager ends the page
    from deepdream.web import start

    start(host=options.host, port=options.port, share=options.share, root_path=options.root_path, mcp=options.mcp)


if __name__ == "__main__":
    main()
