"""JSON in rows that are read without a queryset."""

from __future__ import annotations

from django.db import connection as database
from django.db.models import JSONField, Model


def decode_json(instance: Model) -> None:
    """Replace the text of each JSON field by its value: a cursor returns JSON as text."""
    for each in instance._meta.concrete_fields:
        if isinstance(each, JSONField):
            value = each.from_db_value(getattr(instance, each.attname), each.cached_col, database)
            setattr(instance, each.attname, value)
