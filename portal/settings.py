"""The settings of the portal host and of every project host; docs/settings.md explains each."""

from __future__ import annotations

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from core.observability.logging_config import FORMATS, logging_config
from portal import environment
from portal.devtools.database_url import running_database_url
from portal.paths import FILES, STATIC

# --- environment and hosts --------------------------------------------------------------------

MENKOU_ENV = environment.choice(
    "MENKOU_ENV", options=("development", "test", "production"), default="production"
)
PRODUCTION = MENKOU_ENV == "production"
DEBUG = False

MENKOU_PORTAL_HOST = environment.host("MENKOU_PORTAL_HOST", default="localhost:8000")
MENKOU_PROJECT_DOMAIN = environment.host("MENKOU_PROJECT_DOMAIN", default="localhost:8000")
ALLOWED_HOSTS = [
    MENKOU_PORTAL_HOST.partition(":")[0],
    "." + MENKOU_PROJECT_DOMAIN.partition(":")[0],
]

SECRET_KEY = environment.text("SECRET_KEY")
MENKOU_KEYSET_FILE = environment.text("MENKOU_KEYSET_FILE")

# --- endpoints of providers -------------------------------------------------------------------

WECHAT_OPEN_BASE_URL = environment.origin(
    "WECHAT_OPEN_BASE_URL", default="https://open.weixin.qq.com"
)
WECHAT_API_BASE_URL = environment.origin("WECHAT_API_BASE_URL", default="https://api.weixin.qq.com")
# The same for other providers: origin → origin of the stand-in.
MENKOU_MOVED_ENDPOINTS = environment.moved_origins("MENKOU_MOVED_ENDPOINTS")
# Providers in a private network, which connections may call.
MENKOU_PRIVATE_ORIGINS = environment.origins("MENKOU_PRIVATE_ORIGINS")
# A PEM file of certificate authorities that are trusted in addition to the public ones.
MENKOU_CA_BUNDLE = environment.text("MENKOU_CA_BUNDLE")
MENKOU_ALLOW_TEST_ENDPOINTS = environment.flag("MENKOU_ALLOW_TEST_ENDPOINTS")

# --- apps, middleware, templates --------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "applications",
    "connections",
    "projects",
    "core.keyring",
    "core.limits",
    "core.mail",
    "procrastinate.contrib.django",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django_htmx",
]

MIDDLEWARE = [
    "core.observability.access_log.AccessLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.server.middleware.unreadable.RefuseUnreadable",
    "portal.server.middleware.retry.RetryOnLostConnection",
    "projects.tenants.middleware.TenantMiddleware",
    "signin.page_cache.middleware.PageCacheMiddleware",
    "portal.server.middleware.compression.PortalGZipMiddleware",
    "projects.tenants.middleware.PortalSessionMiddleware",
    "core.language_middleware.LanguageMiddleware",
    "portal.server.middleware.common.PortalCommonMiddleware",
    "portal.shell.not_allowed.NotAllowedPage",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.content_policy.ContentPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "portal.urls.portal_host"
PROJECT_URLCONF = "portal.urls.project_host"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [FILES / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "portal.shell.navigation.navigation_context",
            ],
        },
    }
]

# --- database and cache -----------------------------------------------------------------------

DATABASE_URL = environment.text("DATABASE_URL") or running_database_url()
if not DATABASE_URL:
    # Commands without a database (check, messages) work; for others the host name is a hint.
    DATABASE_URL = "postgres://menkou@run-make-run-first-or-set-DATABASE_URL.invalid/menkou"

# A pooler that lends sessions by transaction may not know prepared statements.
MENKOU_PREPARED_STATEMENTS = environment.flag("MENKOU_PREPARED_STATEMENTS", default=True)
# A statement is prepared on a connection when it is sent there for this time.
_PREPARED_AT = 3

# Beside the URL, it can be a file that PostgreSQL reads as well, and needs no encoding.
_PASSWORD = environment.text("DATABASE_PASSWORD")


def _database(url: str) -> dict[str, Any]:
    """Return Django's settings of the database at a URL."""
    return {**environ.Env.db_url_config(url), **({"PASSWORD": _PASSWORD} if _PASSWORD else {})}


# For LISTEN, the queue and migrations, where DATABASE_URL leads to a pooler.
MENKOU_DIRECT_DATABASE_URL = environment.text("MENKOU_DIRECT_DATABASE_URL")
DIRECT_DATABASE = _database(MENKOU_DIRECT_DATABASE_URL) if MENKOU_DIRECT_DATABASE_URL else None
_DATABASE = _database(DATABASE_URL)
DATABASES = {
    "default": {
        **_DATABASE,
        "ENGINE": "core.postgresql",
        # Connections are checked when they leave the pool: core/postgresql/base.py.
        "CONN_HEALTH_CHECKS": False,
        # Required with a pool.
        "CONN_MAX_AGE": 0,
        # A pooler may give each FETCH another session.
        "DISABLE_SERVER_SIDE_CURSORS": DIRECT_DATABASE is not None,
        "OPTIONS": {
            **_DATABASE.get("OPTIONS", {}),  # sslmode and the like
            # PostgreSQL gets values beside a statement and not within it.
            "server_side_binding": True,
            "prepare_threshold": _PREPARED_AT if MENKOU_PREPARED_STATEMENTS else None,
            "pool": {"min_size": 1, "max_size": 16, "timeout": 5, "reconnect_timeout": 0.5},
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits must count over all workers and machines, which share only PostgreSQL.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        # When full, Django deletes a third, including active counters; so the limit is high.
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

# --- people -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "projects.User"
AUTHENTICATION_BACKENDS = ["projects.people.authentication.OperatorBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/projects/"

# The number of our own reverse proxies: rate limits use the address that the first one saw. It is
# required in production: portal/checks.py.
MENKOU_PROXY_COUNT_IS_SET = environment.is_set("MENKOU_PROXY_COUNT")
ALLAUTH_TRUSTED_PROXY_COUNT = environment.number("MENKOU_PROXY_COUNT", default=0)
# Per ten minutes: core/limits/rate.py. Many people may share one address.
MENKOU_LIMIT_STARTS = environment.number("MENKOU_LIMIT_STARTS", default=600, least=1)
MENKOU_LIMIT_CALLBACKS = environment.number("MENKOU_LIMIT_CALLBACKS", default=600, least=1)
MENKOU_LIMIT_AUTHORIZATIONS = environment.number(
    "MENKOU_LIMIT_AUTHORIZATIONS", default=600, least=1
)
# The requests of a website come from its own address, for all of its people.
MENKOU_LIMIT_TOKENS = environment.number("MENKOU_LIMIT_TOKENS", default=30_000, least=1)
MENKOU_LIMIT_CHANGES = environment.number("MENKOU_LIMIT_CHANGES", default=300, least=1)
# Limits that keep pages fast: connections and members per project (including pending invitations),
# and projects per owner.
MENKOU_MAX_CONNECTIONS = environment.number("MENKOU_MAX_CONNECTIONS", default=200, least=1)
MENKOU_MAX_MEMBERS = environment.number("MENKOU_MAX_MEMBERS", default=500, least=1)
MENKOU_MAX_PROJECTS = environment.number("MENKOU_MAX_PROJECTS", default=500, least=1)
# Passwords, codes and reset emails are limited by portal/access/login_limits.py instead, where
# strangers cannot lock anybody out.
ACCOUNT_RATE_LIMITS = {"login_failed": None, "reset_password": "20/m/ip"}
ACCOUNT_ADAPTER = "portal.account.adapter.OperatorAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/login"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = True
# How long an authentication counts as recent: portal/access/reauthentication.py.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "portal.access.second_factors.OperatorMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "activate_totp": "portal.account.factor_forms.ActivateAppForm",
    "add_webauthn": "portal.account.factor_forms.AddPasskeyForm",
    "edit_webauthn": "portal.account.factor_forms.RenamePasskeyForm",
    "authenticate": "portal.account.factor_forms.CodeForm",
    "authenticate_webauthn": "portal.account.factor_forms.PasskeyForm",
    "login_webauthn": "portal.account.factor_forms.PasskeySignInForm",
    "reauthenticate": "portal.account.factor_forms.ConfirmByCodeForm",
    "reauthenticate_webauthn": "portal.account.factor_forms.ConfirmByPasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
# Every ceremony requires a fingerprint, face or PIN: a response for the second step cannot be used
# for a passwordless sign-in with a stolen key.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
# One step before and after the current one. No code is accepted twice.
MFA_TOTP_TOLERANCE = 1
# There is no sign-up, so nobody can register another person's address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ADAPTER = "connections.providers.derived.adapter.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False

SILENCED_SYSTEM_CHECKS = [
    # A constraint makes Lower(email) unique where it is not empty: end users have none.
    "auth.W004",
    # HSTS for subdomains and preloading bind sites that may not be ours.
    "security.W005",
    "security.W021",
]

# --- cookies, transport, content --------------------------------------------------------------

# __Host- cookies need HTTPS, and not every browser keeps Secure cookies on plain localhost.
_PREFIX = "__Host-" if PRODUCTION else ""
SESSION_ENGINE = "projects.people.sessions"
SESSION_COOKIE_NAME = f"{_PREFIX}menkou_session"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_PREFIX}menkou_csrf"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.shell.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{_PREFIX}menkou_language"
LANGUAGE_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
BROWSER_COOKIE_NAME = f"{_PREFIX}menkou_signin"
KNOWN_BROWSER_COOKIE_NAME = f"{_PREFIX}menkou_known_browser"
LAST_USED_COOKIE_NAME = f"{_PREFIX}menkou_last_used"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = PRODUCTION
# Services that fetch a domain verification file may not follow redirects.
SECURE_REDIRECT_EXEMPT = [
    r"^(healthz|readyz|proxyz|hostz)$",
    r"^[A-Z]{2}_verify_[A-Za-z0-9]+\.txt$",
]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
# Every host sends its own header; other subdomains may not be ours.
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
_PROXY_HEADER = environment.text("MENKOU_PROXY_SSL_HEADER")
if _PROXY_HEADER:
    SECURE_PROXY_SSL_HEADER = ("HTTP_" + _PROXY_HEADER.upper().replace("-", "_"), "https")

# No request of ours carries more than a few short fields.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# The form of an application has a checkbox for each connection.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100 + MENKOU_MAX_CONNECTIONS
# At most one file, in memory; a body with it may be as long as the proxies of docs/production
# permit.
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
FILE_UPLOAD_HANDLERS = ["portal.server.uploads.LimitedUploadHandler"]

# Threads per worker; docs/architecture.md says how many of them may wait for providers.
MENKOU_THREADS = environment.number("MENKOU_THREADS", default=64, least=8)

# The size of the page cache per worker; 0 turns it off.
KEPT_PAGES_BYTES = environment.number("MENKOU_KEPT_PAGES_MB", default=16) * 1024 * 1024

# --- jobs -------------------------------------------------------------------------------------

# The modules of tasks, which a worker imports. Tasks of other modules are never run.
PROCRASTINATE_IMPORT_PATHS = [
    "applications.logout.delivery",
    "connections.health.job",
    "core.jobs.queue",
    "core.mail.queue",
    "applications.keys.job",
    "portal.connections.checking.job",
    "portal.expiry.job",
    "portal.retention.job",
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
# A worker runs jobs that were due while no worker ran, including daily jobs.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 24 * 3600}

# A file that the worker touches while it runs, for `menkou healthcheck worker`.
MENKOU_HEARTBEAT_FILE = environment.text("MENKOU_HEARTBEAT_FILE")

# --- languages, time, files -------------------------------------------------------------------

USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [FILES / "locale"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [FILES / "static"]
STATIC_ROOT = STATIC
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION
STORAGES = {
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# --- e-mail and logs --------------------------------------------------------------------------

# In production the console is a log, where password reset links must not appear.
EMAIL_URL = environment.text("EMAIL_URL", "dummymail://" if PRODUCTION else "consolemail://")
# Seconds to wait for each response of the mail server.
EMAIL_TIMEOUT = 10
vars().update(environ.Env.email_url_config(EMAIL_URL))
# Messages for a mail server are queued, and the worker sends them.
MENKOU_QUEUED_EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if vars()["EMAIL_BACKEND"] == MENKOU_QUEUED_EMAIL_BACKEND:
    EMAIL_BACKEND = "core.mail.queue.QueueBackend"
DEFAULT_FROM_EMAIL = environment.text(
    "MENKOU_FROM_EMAIL", f"menkou@{MENKOU_PORTAL_HOST.partition(':')[0]}"
)

LOGGING = logging_config(
    production=PRODUCTION,
    log_format=environment.choice(
        "MENKOU_LOG_FORMAT", options=FORMATS, default="json" if PRODUCTION else "lines"
    ),
)
# The address of the metrics endpoint; portal/server/gunicorn.py starts it.
MENKOU_METRICS_ADDRESS = environment.address("MENKOU_METRICS_ADDRESS")

if PRODUCTION and not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Set it, or set SECRET_KEY_FILE.")
