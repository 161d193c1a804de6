"""The entry point for web servers; portal/gunicorn.py refuses unsafe starts before it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

_django = get_wsgi_application()

# Only now: it reads models.
from portal.front import KeptFirst  # noqa: E402

application = KeptFirst(_django)
