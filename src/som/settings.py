"""Settings of an installation: everything a province may set comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent
DATA_DIR = Path(os.environ.get("SOM_DATA", BASE_DIR.parent.parent / ".data"))


def database(url: str) -> dict[str, object]:
    """Django's settings for a URL such as postgresql://user:secret@host:5432/name?host=/socket.

    `prepare_threshold=off` there: a pooler in between loses prepared statements. A number: how often a
    statement comes before it is prepared.
    """
    parts = urlsplit(url)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    prepared = options.pop("prepare_threshold", "5")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(options.pop("port", parts.port or "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Values travel apart from the statement, and a statement that comes again keeps its plan.
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": None if prepared == "off" else int(prepared),
        }
        | options,
    }


# The application never has the owner's rights: it owns nothing and row-level security holds for it.
DATABASES = {
    "default": database(os.environ.get("DATABASE_URL", "postgresql:///som")),
    "owner": database(
        os.environ.get("DATABASE_OWNER_URL", os.environ.get("DATABASE_URL", "postgresql:///som"))
    ),
}
DATABASES["owner"]["CONN_MAX_AGE"] = 0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DEMO = os.environ.get("SOM_DEMO") == "1"
DEBUG = os.environ.get("SOM_DEBUG") == "1"


def _secret_key() -> str:
    """The installation's secret, from the environment or made once and kept in the data folder."""
    if given := os.environ.get("SOM_SECRET_KEY"):
        return given
    kept = DATA_DIR / "secret_key"
    if not kept.exists():
        import contextlib
        import secrets
        import tempfile

        DATA_DIR.mkdir(parents=True, exist_ok=True)
        # Whole before it has its name: whoever reads it, or comes after a kill, never finds it empty.
        with tempfile.NamedTemporaryFile("w", dir=DATA_DIR, prefix="secret_key.") as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(file.name, kept)
    return kept.read_text()


SECRET_KEY = _secret_key()
# Secrets of before: slips that they sealed are still confirmed. For nothing else, so a secret that
# leaked and was replaced signs nobody in.
SLIP_KEYS_BEFORE = [k for k in os.environ.get("SOM_SLIP_KEYS_BEFORE", "").split(",") if k]
ALLOWED_HOSTS = os.environ.get("SOM_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("SOM_ORIGINS", "").split(",") if o]

# Where people look their results up, as it is printed on slips; else the address of the page that prints.
PUBLIC_ADDRESS = os.environ.get("SOM_PUBLIC_ADDRESS", "").rstrip("/")

# TLS ends at a reverse proxy, which must set (not hand on) X-Forwarded-Proto.
HTTPS = os.environ.get("SOM_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# The browsers' own list takes whole domains: whether it is to hold a province's is not ours to say.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "procrastinate.contrib.django",
    "som.kernel",
    "som.web",
    "som.places",
    "som.access",
    "som.people",
    "som.notices",
    "som.sampling",
    "som.lab",
    "som.results",
    "som.home",
    "som.simulation",
    "som.ops",
    # After ours, so that our templates win.
    "allauth",
    "allauth.account",
]
INSTALLED_APPS = [
    app
    for app in INSTALLED_APPS
    if not app.startswith("som.") or (BASE_DIR / app.removeprefix("som.") / "__init__.py").exists()
]

MIDDLEWARE = [
    "som.web.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "som.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "som.access.middleware.ActorMiddleware",
    "som.web.middleware.ErrorPagesMiddleware",
]

ROOT_URLCONF = "som.urls"
WSGI_APPLICATION = "som.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "som.web.context.shell",
            ],
        },
    },
]

AUTH_USER_MODEL = "access.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    }
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"

# Sign-in: a user name and a password, nothing else; see access/adapter.py.
ACCOUNT_ADAPTER = "som.access.adapter.ClosedAdapter"
ACCOUNT_FORMS = {
    "login": "som.access.forms.SignInForm",
    "change_password": "som.access.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
# A whole office signs in from one address at seven in the morning; one account is tried five times
# in five minutes.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "first_sign_in": "30/m/ip,5/5m/key",
    "change_password": "5/m/user",
    # Half a commune may share one address of a mobile carrier. A found slip gives few guesses of its
    # person's birth date; a right answer takes the slip's count back.
    "look_up": "120/m/ip",
    "look_up_slip": "10/10m/key,30/d/key",
}
# Reverse proxies in front whose X-Forwarded-For is believed; else rate limits count the proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("SOM_PROXIES", "0"))
CSRF_FAILURE_VIEW = "som.web.views.out_of_date"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"

WHITENOISE_USE_FINDERS = True

# One shift: a computer left signed in at a station is signed out by the next morning.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# What a form may send, for every page alike; what all of it together may be is in web/uploads.py.
FILE_UPLOAD_HANDLERS = [
    "som.web.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Of all that is no file, in bytes: five thousand pasted codes are a tenth of a megabyte.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# A paper sheet's lines typed in, or every box of a long list ticked; more is no form of ours.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000
DATA_UPLOAD_MAX_NUMBER_FILES = 5

# Rate limits must hold across processes, so the cache is in the database as well. It is never
# made smaller to save room, so nobody unlocks an account by filling it.
CACHES = {
    "default": {
        "BACKEND": "som.kernel.cache.ExpiringCache",
        "LOCATION": "kernel_cache",
    }
}

# To the standard error stream, for whoever runs the service; nobody is written an e-mail.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"places": {"()": "som.web.logs.PlacesOnly"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "places"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Below an error it tells of every address that does not exist.
    "loggers": {"django": {"handlers": [], "level": "ERROR", "propagate": True}},
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "timetable"

OUTBOX_DIR = Path(os.environ.get("SOM_OUTBOX", DATA_DIR / "outbox"))


def webhook(url: str, secret: str) -> tuple[str, str]:
    """The address of the system that takes notices and alarms, and the secret they are signed with."""
    if not url:
        return "", ""
    where = urlsplit(url)
    if where.scheme not in ("http", "https") or not where.hostname or where.username:
        raise ImproperlyConfigured("SOM_WEBHOOK_URL is no address of a web server")
    # Telephones and shortened names travel: in the open to this machine alone.
    if where.scheme == "http" and where.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ImproperlyConfigured("SOM_WEBHOOK_URL must begin with https")
    if len(secret) < 32:
        raise ImproperlyConfigured("SOM_WEBHOOK_SECRET must have 32 characters or more")
    return url, secret


# Where it is given, messages go there and not into files; docs/operations.md has the other side.
# Nobody outside is told of people who are drawn.
WEBHOOK_URL, WEBHOOK_SECRET = webhook(
    "" if DEMO else os.environ.get("SOM_WEBHOOK_URL", ""), os.environ.get("SOM_WEBHOOK_SECRET", "")
)
