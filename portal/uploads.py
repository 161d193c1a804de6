"""Files that are sent to us: few and small, so they stay in memory and never on a disk."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class SmallFiles(MemoryFileUploadHandler):
    """Refuses a body that is longer than FILE_UPLOAD_MAX_MEMORY_SIZE before it is read."""

    def handle_raw_input(self, *arguments: Any, **options: Any) -> None:
        super().handle_raw_input(*arguments, **options)
        if not self.activated:
            raise RequestDataTooBig("longer than any form of ours with its file")
