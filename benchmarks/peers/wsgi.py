"""As `startproject` writes it; DJANGO_SETTINGS_MODULE says which peer it is."""

from __future__ import annotations

# django-allauth imports it in the first request, and fails where two come at once.
import cryptography.hazmat.primitives.serialization  # noqa: F401
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
