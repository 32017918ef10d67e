"""The page as Gradio's Blocks, behind one gate: a request that names any file but an upload ends before it is read.

Gradio itself checks only file records that bear its mark (`meta`), would copy or fetch what others name, and answers
differently to what exists and what does not.
"""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from deepdream.errors import DreamError
from deepdream.web.server.events import language_of
from deepdream.web.server.messages import explained, in_a_line, sorry
from deepdream.web.server.uploads import named_files, uploaded_file
from deepdream.web.texts import say

LOG = logging.getLogger(__name__)


class GatedBlocks(gr.Blocks):
    """Answer requests, but for those that name a file which was not uploaded here."""

    def keep_no_lists(self) -> None:
        """Keep no list of all files that ever were: they grow without end, and files go by the keeper's looks."""
        for block in self.blocks.values():
            block.temp_files = _Nothing()
        self.upload_file_set = _Nothing()
        self.temp_file_sets: list[set[str]] = []

    async def process_api(self, block_fn: Any, inputs: list[Any], *args: Any, **about: Any) -> dict[str, Any]:
        """Run one event, as Gradio does, if it may.

        Raises:
            gr.Error: its data or its event's data names another file, or it cannot be run; always in words.
        """
        if about.get("iterator") is None:  # a stream's later rounds bring the same data; the upload may be gone by then
            event = about.get("event_data")
            check_files([inputs, getattr(event, "_data", None)], about.get("request"))
        try:
            return await super().process_api(block_fn, inputs, *args, **about)
        except gr.Error as error:  # ours, or a component's own, which repeats what was sent and prints a traceback
            raise sorry(str(error.message)) if error.print_exception else error from None
        except DreamError as error:
            raise explained(error, language_of(about.get("request"))) from None
        except Exception as error:
            LOG.warning("an event failed: %s", in_a_line(error))
            LOG.debug("all of it", exc_info=error)
            raise explained(error, language_of(about.get("request"))) from None


class _Nothing(set[str]):
    """Hold nothing, whatever is added."""

    def add(self, _: str) -> None:
        """Let it go."""

    def update(self, *_: Iterable[str]) -> None:
        """Let them go."""


def check_files(data: Any, request: Any) -> None:
    """Refuse data that names a file which was not uploaded here, in the same words whatever it is.

    Raises:
        gr.Error: it does.
    """
    root = Path(get_upload_folder())
    if any(uploaded_file(path, root) is None for path in named_files(data)):
        raise sorry(say("not_uploaded", language_of(request)))
