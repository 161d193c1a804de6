"""Uploads are few and small, so they stay in memory and are never written to disk."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class LimitedUploadHandler(MemoryFileUploadHandler):
    """Refuses a body longer than FILE_UPLOAD_MAX_MEMORY_SIZE before reading it."""

    def handle_raw_input(self, *arguments: Any, **options: Any) -> None:
        super().handle_raw_input(*arguments, **options)
        if not self.activated:
            raise RequestDataTooBig("longer than any form of ours with its file")
