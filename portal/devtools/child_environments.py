"""The environments of the processes behind ``make run`` and ``make test``."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from portal.devtools.ports import HOST, Ports
from portal.devtools.private_files import read_or_create_private

# Variables that any program may need. Others may be secrets of other programs.
PLAIN_PREFIXES = ("LC_", "PYTHON")
PLAIN_NAMES = (
    *("PATH", "LD_LIBRARY_PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "CI"),
    *("LANG", "LANGUAGE", "TERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
    *("VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
)
# libpq's variables, used together with DATABASE_URL.
LIBPQ_PREFIX = "PG"
OPERATOR_PREFIX = "DJANGO_SUPERUSER_"
SIMULATOR_PREFIX = "SIMULATOR_"
TEST_PREFIXES = ("PYTEST_", "COVERAGE_")
PIP_PREFIX = "PIP_"
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")

PRIVATE_ORIGINS = "MENKOU_PRIVATE_ORIGINS"

OUR_PREFIXES = ("DJANGO_", "MENKOU_", "WECHAT_")
OUR_NAMES = ("DATABASE_PASSWORD", "DATABASE_URL", "EMAIL_URL", "SECRET_KEY")


def is_set(name: str) -> bool:
    """Whether NAME or NAME_FILE is set."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def is_ours(name: str) -> bool:
    """Whether a variable is one of Menkou's settings, or names the file of one."""
    return name.startswith(OUR_PREFIXES) or name.removesuffix("_FILE") in OUR_NAMES


def plain_environment() -> dict[str, str]:
    """Return the variables that every child gets; none is secret."""
    return _given(lambda name: name in PLAIN_NAMES or name.startswith(PLAIN_PREFIXES))


def _given(is_wanted: Callable[[str], bool]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if is_wanted(name)}


def demo_environment(var: Path, ports: Ports) -> dict[str, str]:
    """Return the person's settings with demo defaults, but without a default database.

    For commands that also create the first operator.
    """
    simulator = local_origin(ports.simulator)
    defaults = {
        "MENKOU_ENV": "development",
        "MENKOU_KEYSET_FILE": str(var / "keyset.json"),
        "MENKOU_PORTAL_HOST": f"localhost:{ports.portal}",
        "MENKOU_PROJECT_DOMAIN": f"localhost:{ports.portal}",
        "MENKOU_PROXY_COUNT": "0",
        "SECRET_KEY": read_or_create_private(var / "secret-key", new_secret_key),
        "WECHAT_API_BASE_URL": simulator,
        "WECHAT_OPEN_BASE_URL": simulator,
    }
    missing = {name: value for name, value in defaults.items() if not is_set(name)}
    given = _given(is_ours)
    if is_set("DATABASE_URL"):
        given |= _given(lambda name: name.startswith(LIBPQ_PREFIX))
    if given.get("MENKOU_ENV") != "production" and f"{PRIVATE_ORIGINS}_FILE" not in given:
        # The portal tells the website when somebody has signed out.
        private = f"{given.get(PRIVATE_ORIGINS, '')} {local_origin(ports.website)}"
        given[PRIVATE_ORIGINS] = private.strip()
    # The shell may still name the settings of another project.
    settings_module = {"DJANGO_SETTINGS_MODULE": "portal.settings"}
    return {**plain_environment(), **given, **missing, **settings_module}


def portal_environment(demo: Mapping[str, str]) -> dict[str, str]:
    """Return the portal's environment: without the first operator's credentials."""
    return {name: value for name, value in demo.items() if not name.startswith(OPERATOR_PREFIX)}


def simulator_environment(demo: Mapping[str, str]) -> dict[str, str]:
    """Return the simulator's environment: its settings, and MENKOU_ENV, which may forbid it."""
    own = _given(lambda name: name.startswith(SIMULATOR_PREFIX))
    kind = {name: value for name, value in demo.items() if name == "MENKOU_ENV"}
    return {**plain_environment(), **own, **kind}


def website_environment(credentials: Path) -> dict[str, str]:
    """Return the demo website's environment: where its client id and secret are."""
    return {**plain_environment(), "WEBSITE_CONFIG": str(credentials)}


def installer_environment() -> dict[str, str]:
    """Return the environment of apt-get and pip: proxies, their settings, and no questions."""
    theirs = _given(lambda name: name.lower() in PROXIES or name.startswith(PIP_PREFIX))
    return {**plain_environment(), **theirs, "DEBIAN_FRONTEND": "noninteractive"}


def clean_environment(database_url: str) -> dict[str, str]:
    """Return the environment of tests, without the person's demo settings.

    Bytecode is kept: otherwise each of hundreds of processes compiles the project again.
    """
    tests = _given(lambda name: name.startswith(TEST_PREFIXES))
    given = {**plain_environment(), **tests, "DATABASE_URL": database_url}
    return {name: value for name, value in given.items() if name != "PYTHONDONTWRITEBYTECODE"}


def rehearsal_environment(var: Path, database_url: str) -> dict[str, str]:
    """Return the environment for a first start with an empty database."""
    return {
        **clean_environment(database_url),
        # Without it, a password would be generated and printed.
        "DJANGO_SUPERUSER_PASSWORD": secrets.token_urlsafe(),
        "MENKOU_ENV": "development",
        "MENKOU_KEYSET_FILE": str(var / "test-keyset.json"),
        "SECRET_KEY": new_secret_key(),
    }


def production_environment(var: Path, database_url: str) -> dict[str, str]:
    """Return a complete production environment."""
    return {
        **rehearsal_environment(var, database_url),
        "EMAIL_URL": "smtp+tls://menkou@mail.example.com:587",
        "MENKOU_ENV": "production",
        "MENKOU_PORTAL_HOST": "portal.example.com",
        "MENKOU_PROJECT_DOMAIN": "login.example.com",
        "MENKOU_PROXY_COUNT": "1",
        "MENKOU_PROXY_SSL_HEADER": "X-Forwarded-Proto",
    }


def local_origin(port: int) -> str:
    """Return the origin of simulator or website; not localhost, where the portal's cookies are."""
    return f"http://{HOST}:{port}"


def new_secret_key() -> str:
    """Generate a secret key that Django accepts for production."""
    return secrets.token_urlsafe(50)
