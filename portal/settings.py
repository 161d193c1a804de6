"""The settings of the portal host and of every project host; docs/settings.md explains each."""

from __future__ import annotations

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal import environment
from portal.observing.configuration import FORMATS, logging_of
from portal.places import FILES, STATIC
from portal.running.address import running_database_url

# --- where we are -----------------------------------------------------------------------------

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

# --- WeChat's addresses, which only a deployment may move -------------------------------------

WECHAT_OPEN_BASE_URL = environment.origin(
    "WECHAT_OPEN_BASE_URL", default="https://open.weixin.qq.com"
)
WECHAT_API_BASE_URL = environment.origin("WECHAT_API_BASE_URL", default="https://api.weixin.qq.com")
# The same for every other provider: its origin → the one that stands in for it.
MENKOU_MOVED_ENDPOINTS = environment.moved_origins("MENKOU_MOVED_ENDPOINTS")
# Providers in the deployment's own network, which connections may reach all the same.
MENKOU_PRIVATE_ORIGINS = environment.origins("MENKOU_PRIVATE_ORIGINS")
MENKOU_ALLOW_TEST_ENDPOINTS = environment.flag("MENKOU_ALLOW_TEST_ENDPOINTS")

# --- the program ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "connections",
    "projects",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "portal.observing.middleware.Observe",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.RefuseUnreadable",
    "portal.repeating.Again",
    "projects.middleware.HostMakesTenant",
    "portal.kept.KeptSignInPage",
    "projects.middleware.HostSession",
    "portal.middleware.Language",
    "portal.hostless.Common",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
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
                "portal.shell.context",
            ],
        },
    }
]

# --- database and cache -----------------------------------------------------------------------

DATABASE_URL = environment.text("DATABASE_URL") or running_database_url()
if not DATABASE_URL:
    # Commands that need no database (check, messages) may go on; the others are told what to do.
    DATABASE_URL = "postgres://menkou@run-make-run-first-or-set-DATABASE_URL.invalid/menkou"

_DATABASE = environ.Env.db_url_config(DATABASE_URL)
DATABASES = {
    "default": {
        **_DATABASE,
        "ENGINE": "projects.postgresql",
        # Every connection is looked at as it leaves the pool: projects/postgresql/base.py.
        "CONN_HEALTH_CHECKS": False,
        # The pool keeps connections; Django refuses to keep them as well.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **_DATABASE.get("OPTIONS", {}),  # sslmode and the like
            "pool": {"min_size": 1, "max_size": 16, "timeout": 5, "reconnect_timeout": 0.5},
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits must count across workers and machines, and only PostgreSQL is shared.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        # When full, a third goes, counters that still count included. Nobody shall fill it.
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

# --- people -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "projects.User"
AUTHENTICATION_BACKENDS = [
    "projects.authentication.OperatorBackend",
    "projects.authentication.EndUserBackend",
]
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

# How many proxies of ours stand in front: limits count the address that the first one saw.
ALLAUTH_TRUSTED_PROXY_COUNT = environment.number("MENKOU_PROXY_COUNT", default=0)
# How often in ten minutes: connections/limits.py. Many people may share one address.
MENKOU_LIMIT_STARTS = environment.number("MENKOU_LIMIT_STARTS", default=600, least=1)
MENKOU_LIMIT_CALLBACKS = environment.number("MENKOU_LIMIT_CALLBACKS", default=600, least=1)
MENKOU_LIMIT_CHANGES = environment.number("MENKOU_LIMIT_CHANGES", default=300, least=1)
ACCOUNT_ADAPTER = "portal.accounts.OperatorAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/login"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = True
# How long a sign-in, or a confirmation, is enough for what is asked for once more: portal/fresh.py.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "portal.second_factors.OperatorFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "activate_totp": "portal.factor_forms.ActivateAppForm",
    "add_webauthn": "portal.factor_forms.AddPasskeyForm",
    "edit_webauthn": "portal.factor_forms.RenamePasskeyForm",
    "authenticate": "portal.factor_forms.CodeForm",
    "authenticate_webauthn": "portal.factor_forms.PasskeyForm",
    "login_webauthn": "portal.factor_forms.PasskeySignInForm",
    "reauthenticate": "portal.factor_forms.ConfirmByCodeForm",
    "reauthenticate_webauthn": "portal.factor_forms.ConfirmByPasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
# Every ceremony asks for a finger, a face or a PIN: what was begun as a second step cannot be
# finished as a sign-in by a key that somebody found.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
# One step before and after now: phones and people are slow. No code counts twice.
MFA_TOTP_TOLERANCE = 1
# Nobody signs up, so nobody can lock the owner of an address out of it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ADAPTER = "connections.signin.adapter.ConnectionAdapter"
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
SESSION_ENGINE = "projects.sessions"
SESSION_COOKIE_NAME = f"{_PREFIX}menkou_session"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_PREFIX}menkou_csrf"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{_PREFIX}menkou_language"
LANGUAGE_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
BROWSER_COOKIE_NAME = f"{_PREFIX}menkou_signin"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = PRODUCTION
# Who looks for the file that proves a domain need not follow redirects.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^[A-Z]{2}_verify_[A-Za-z0-9]+\.txt$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
# Every host that we serve says it for itself; what else lies below its name is not ours to bind.
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
_PROXY_HEADER = environment.text("MENKOU_PROXY_SSL_HEADER")
if _PROXY_HEADER:
    SECURE_PROXY_SSL_HEADER = ("HTTP_" + _PROXY_HEADER.upper().replace("-", "_"), "https")

# The sign-in page's policy differs in one point, see connections/signin/pages.py.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# No request of ours carries more than a few short fields.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
# Nor more than one file, which stays in memory; with it, a body is as long as the proxies of
# docs/production let through.
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
FILE_UPLOAD_HANDLERS = ["portal.uploads.SmallFiles"]

# Threads of one worker; how many of them may wait for providers: docs/architecture.md.
MENKOU_THREADS = environment.number("MENKOU_THREADS", default=64, least=8)

# What each worker may keep of rendered sign-in pages; 0 keeps nothing and asks every time.
KEPT_PAGES_BYTES = environment.number("MENKOU_KEPT_PAGES_MB", default=16) * 1024 * 1024

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

# In production a terminal is a log, and a link to reset a password is as good as a password.
EMAIL_URL = environment.text("EMAIL_URL", "dummymail://" if PRODUCTION else "consolemail://")
# A page waits for the mail server, so for a while only.
EMAIL_TIMEOUT = 10
vars().update(environ.Env.email_url_config(EMAIL_URL))
DEFAULT_FROM_EMAIL = environment.text(
    "MENKOU_FROM_EMAIL", f"menkou@{MENKOU_PORTAL_HOST.partition(':')[0]}"
)

LOGGING = logging_of(
    production=PRODUCTION,
    log_format=environment.choice(
        "MENKOU_LOG_FORMAT", options=FORMATS, default="json" if PRODUCTION else "lines"
    ),
)
# Where Prometheus reads; portal/gunicorn.py serves it.
MENKOU_METRICS_ADDRESS = environment.address("MENKOU_METRICS_ADDRESS")

if PRODUCTION and not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set; give it, or SECRET_KEY_FILE.")
