"""The environments of the processes behind ``make run`` and ``make test``."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from portal.running.ports import HOST
from portal.running.private import kept_private

OUR_PREFIXES = ("DJANGO_", "MENKOU_", "WECHAT_")
OUR_NAMES = ("DATABASE_URL", "EMAIL_URL", "SECRET_KEY")


def is_given(name: str) -> bool:
    """Tell whether the person set NAME, or named a file for it with NAME_FILE."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def is_ours(name: str) -> bool:
    """Tell whether a variable is one of Menkou's settings, or the file that holds one."""
    return name.startswith(OUR_PREFIXES) or name.removesuffix("_FILE") in OUR_NAMES


def demo_environment(var: Path, port: int, simulator_port: int) -> dict[str, str]:
    """Give the person's environment, completed so that only the database is left to be named."""
    simulator = simulator_origin(simulator_port)
    defaults = {
        "MENKOU_ENV": "development",
        "MENKOU_KEYSET_FILE": str(var / "keyset.json"),
        "MENKOU_PORTAL_HOST": f"localhost:{port}",
        "MENKOU_PROJECT_DOMAIN": f"localhost:{port}",
        "SECRET_KEY": kept_private(var / "secret-key", new_secret_key),
        "WECHAT_API_BASE_URL": simulator,
        "WECHAT_OPEN_BASE_URL": simulator,
    }
    missing = {name: value for name, value in defaults.items() if not is_given(name)}
    # The shell may still name the settings of another project.
    return {**os.environ, **missing, "DJANGO_SETTINGS_MODULE": "portal.settings"}


def clean_environment(database_url: str) -> dict[str, str]:
    """Give an environment in which nothing that a person set up for a demo changes a test."""
    kept = {name: value for name, value in os.environ.items() if not is_ours(name)}
    return {**kept, "DATABASE_URL": database_url}


def rehearsal_environment(var: Path, database_url: str) -> dict[str, str]:
    """Give the environment of a first start over an empty database."""
    return {
        **clean_environment(database_url),
        # Else one would be invented and printed.
        "DJANGO_SUPERUSER_PASSWORD": secrets.token_urlsafe(),
        "MENKOU_ENV": "development",
        "MENKOU_KEYSET_FILE": str(var / "test-keyset.json"),
        "SECRET_KEY": new_secret_key(),
    }


def production_environment(var: Path, database_url: str) -> dict[str, str]:
    """Give an environment as a careful deployer writes it."""
    return {
        **rehearsal_environment(var, database_url),
        "EMAIL_URL": "smtp+tls://menkou@mail.example.com:587",
        "MENKOU_ENV": "production",
        "MENKOU_PORTAL_HOST": "portal.example.com",
        "MENKOU_PROJECT_DOMAIN": "login.example.com",
        "MENKOU_PROXY_SSL_HEADER": "X-Forwarded-Proto",
    }


def simulator_origin(port: int) -> str:
    """Give the simulator's address: not localhost, whose cookies it would share with the portal."""
    return f"http://{HOST}:{port}"


def new_secret_key() -> str:
    """Invent a key that Django accepts for production."""
    return secrets.token_urlsafe(50)
