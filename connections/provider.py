"""Where django-allauth's registry finds the provider classes of the catalogue."""

from __future__ import annotations

from connections.providers import catalogue

provider_classes = [definition.login_class for definition in catalogue.every()]
