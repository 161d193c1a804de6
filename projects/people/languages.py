"""The languages of operators, for email that no request causes."""

from __future__ import annotations

from projects.models import User


def store_language(person: User, language: str) -> None:
    """Store the language that an operator reads, if it is another one than before."""
    if person.is_operator and person.language != language:
        person.language = language
        person.save(update_fields=["language"])
