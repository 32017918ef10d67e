"""Start the DeepDream studio page; python app.py --help tells the options."""

import argparse
import importlib.util
import os
import signal
import sys

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main() -> None:
    """Read the options and serve the page until it is interrupted."""
    parser = options_parser()
    options = parser.parse_args()
    if options.mcp and importlib.util.find_spec("mcp") is None:
        parser.error("--mcp needs a package that is not installed: pip install 'gradio[mcp]'")

    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # the page asks nothing of any other machine
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from deepdream.errors import DreamError
    from deepdream.web.server.folders import claim  # before Gradio, which reads the folder's name when it is imported

    # so that the folder goes when a service manager ends the page
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        claim()
        serve(options)
    except DreamError as error:
        parser.exit(2, f"app.py: {error}\n")


def options_parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    parser = argparse.ArgumentParser(description="Start the DeepDream studio page.")
    add = parser.add_argument
    add("--host", default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"), help="0.0.0.0 lets other machines in")
    add("--port", type=int, help="default: the first free one from 7860")
    add("--share", action="store_true", help="also make a public address for a week, through gradio.live")
    add("--root-path", help="the path below which a proxy serves the page, such as /dream")
    add("--mcp", action="store_true", help="offer the endpoints as tools to language models; needs gradio[mcp]")
    add("--name", action="append", default=[], help="a name that the page is called by, such as dream.example.org")
    add("--proxy", action="append", default=[], help="a proxy's address; its X-Forwarded headers are believed")
    add("--frame", action="append", default=[], help="a page that may show this one in a frame: https://example.org")
    add(
        "--engines",
        default="here",
        metavar="WHERE",
        help="who computes whole dreams: here (this process, the default), a number of processes of this machine, ray "
        "or auto or ray://HOST:PORT (a Ray cluster; needs the extra ray)",
    )
    add(
        "--networks",
        help="those that visitors may choose, such as compact,vgg19, or all, which are downloaded when first chosen; "
        "default: all for this machine alone, compact where others come in",
    )
    return parser


def serve(options: argparse.Namespace) -> None:
    """Serve the page as the options say."""
    from deepdream.web import start
    from deepdream.web.server.callers import Callers
    from deepdream.web.server.limits import Limits

    public = options.share or options.host not in LOOPBACK or options.proxy
    networks = options.networks or ("compact" if public else "all")
    names = [*options.name, *(["*.gradio.live"] if options.share else [])]
    start(
        engines=options.engines,
        host=options.host,
        port=options.port,
        share=options.share,
        root_path=options.root_path,
        mcp=options.mcp,
        callers=Callers(tuple(names), tuple(options.proxy), ("'self'", *options.frame)),
        limits=Limits(networks=None if networks == "all" else tuple(networks.split(","))),
    )


if __name__ == "__main__":
    main()
