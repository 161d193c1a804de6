"""The entry point for web servers; portal/server/gunicorn.py refuses unsafe starts before it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

_django = get_wsgi_application()

# Imported here because it loads models.
from portal.server.text_encodings import UTF8Request  # noqa: E402
from signin.page_cache.wsgi import PageCacheApplication  # noqa: E402

_django.request_class = UTF8Request

application = PageCacheApplication(_django)
