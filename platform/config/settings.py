"""Every setting of the house, in one file. Values come from the environment; docs/settings.md explains each one.

`PROFILE` is `demo` (make run), `test` (make test) or `production`. What exists only for the demo is impossible in production:
`config.checks` refuses to start.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from config import env
from config.databases import database

ROOT = Path(__file__).resolve().parent.parent.parent
PROFILE = env.text("PROFILE", "demo")
DEMO, PRODUCTION = PROFILE == "demo", PROFILE == "production"
DATA_DIR = Path(env.text("DATA_DIR", str(ROOT / "var"))).resolve()
PORT = env.number("PORT", 8000)

_kept = {} if PRODUCTION else env.keys_kept_in(DATA_DIR)
_sandbox = {} if PRODUCTION else env.sandbox_credentials(DATA_DIR)
_his, _wechat = _sandbox.get("his", {}), _sandbox.get("wechat", {})

# The hospital
HOSPITAL_NAME = env.text("HOSPITAL_NAME", "岭海医院")
DESK_NAME = env.text("DESK_NAME", "门诊导诊台")
DESK_PHONE = env.text("DESK_PHONE", "020-00000000")
ELDER_AGE = env.number("ELDER_AGE", 60)
ORDER_MINUTES = env.number("ORDER_MINUTES", 30)
SOURCE_URL = env.text("SOURCE_URL", "/source/")
LINK_HOSTS = env.names("LINK_HOSTS", "" if PRODUCTION else "hospital.example,.hospital.example")
STUCK_MINUTES = env.number("STUCK_MINUTES", 15)
STUCK_ROLES = env.names("STUCK_ROLES", "导诊,运营")
CHECK_IN_ACCURACY_METRES = env.number("CHECK_IN_ACCURACY_METRES", 200)

# Keys
SECRET_KEY = env.text("SECRET_KEY", _kept.get("secret_key"))
FIELD_KEYS: dict[str, str] = env.document("FIELD_KEYS", "{}") or ({"k1": _kept["field_key"]} if _kept else {})
FIELD_KEY_ACTIVE = env.text("FIELD_KEY_ACTIVE", next(iter(FIELD_KEYS), ""))
INDEX_KEY = env.text("INDEX_KEY", _kept.get("index_key"))
AUDIT_KEY = env.text("AUDIT_KEY", _kept.get("audit_key"))
TOKEN_KEY = env.text("TOKEN_KEY", _kept.get("token_key"))

# Partners. Each is chosen by dotted path, in the shape of Django's CACHES.
PUBLIC_URL = env.text("PUBLIC_URL", "https://hospital.example")
HIS: dict[str, Any] = {
    "default": {
        "CONNECTOR": env.text("HIS_CONNECTOR", "his.connectors.rest.RestHis"),
        "OPTIONS": {
            "url": env.text("HIS_URL", _his.get("url", "")),
            "key_id": env.text("HIS_KEY_ID", _his.get("key_id", "")),
            "key": env.text("HIS_KEY", _his.get("key", "")),
        },
    }
}
HIS_PUSH_KEYS: dict[str, str] = env.document("HIS_PUSH_KEYS", "{}") or ({_his["key_id"]: _his["key"]} if _his else {})
CHANNELS: dict[str, Any] = {
    "wechat": {
        "CHANNEL": "payments.channels.wechat.WeChatPay",
        "OPTIONS": {
            "url": env.text("WECHAT_PAY_URL", _wechat.get("url", "https://api.mch.weixin.qq.com")),
            "appid": env.text("WECHAT_APPID", _wechat.get("appid", "")),
            "mchid": env.text("WECHAT_MCHID", _wechat.get("mchid", "")),
            "serial": env.text("WECHAT_SERIAL", _wechat.get("serial", "")),
            "private_key": env.text("WECHAT_PRIVATE_KEY", _wechat.get("private_key", "")),
            "apiv3_key": env.text("WECHAT_APIV3_KEY", _wechat.get("apiv3_key", "")),
            "public_keys": env.document("WECHAT_PUBLIC_KEYS", "{}") or _wechat.get("public_keys", {}),
            "notify_url": f"{PUBLIC_URL}/callbacks/wechat/pay",
            "demo_cashier": "" if PRODUCTION else _wechat.get("cashier_url", ""),
        },
    }
}
PLATFORMS: dict[str, Any] = {
    "wechat": {
        "PLATFORM": "patients.platforms.wechat.WeChat",
        "OPTIONS": {
            "url": env.text("WECHAT_URL", _wechat.get("url", "https://api.weixin.qq.com")),
            "appid": env.text("WECHAT_APPID", _wechat.get("appid", "")),
            "secret": env.text("WECHAT_SECRET", _wechat.get("secret", "")),
        },
    }
}
DEMO_SIGN_IN_URL = "" if PRODUCTION else _wechat.get("sign_in_url", "")
PARTNER_TIMEOUTS: dict[str, list[float]] = env.document("PARTNER_TIMEOUTS", "{}")

# Rooms
SUBSCRIBERS = [
    "patients.subscribers",
    "payments.subscribers",
    "messaging.subscribers",
    "care.subscribers",
    "flows.subscribers",
]
_rooms = ["core", "his", "patients", "messaging", "payments", "care", "flows", "cms", "operations", "api"]
_rooms += [] if PRODUCTION else ["sandbox", "fixtures"]
INSTALLED_APPS = [
    *[room for room in _rooms if (ROOT / "platform" / room / "apps.py").exists() or (ROOT / room / "apps.py").exists()],
    "wagtail.contrib.settings",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.users",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "viewflow",
    "viewflow.workflow",
    "formtools",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]
VIEWFLOW = {"AUTOREGISTER": False}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.h5.Files",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "platform" / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Database, cache, queue
DATABASES = {"default": database(env.text("DATABASE_URL", "" if PRODUCTION else f"sqlite:///{DATA_DIR}/yicheng.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", "")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(DATA_DIR / "cache")}
    )
}
_queue = DATA_DIR / "queue"
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 120, "socket_timeout": 5, "socket_connect_timeout": 1, "max_retries": 0}  # a dead broker is left to the sweep
    if REDIS_URL
    else {"data_folder_in": str(_queue), "data_folder_out": str(_queue), "control_folder": str(_queue / "control")}
)
if not REDIS_URL and not PRODUCTION:
    (_queue / "control").mkdir(parents=True, exist_ok=True)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": timedelta(seconds=seconds), "options": {"expires": max(seconds, 5)}}
    for name, task, seconds in [
        ("outbox", "core.tasks.sweep_outbox", 5),
        ("audit", "core.tasks.seal_audit", 3),
        ("timers", "flows.tasks.sweep_timers", 5),
        ("orders", "payments.tasks.sweep_orders", 5),
        ("his", "his.tasks.poll", 10),
        ("appointments", "care.tasks.heal", 60),
        ("day", "flows.tasks.close_days", 600),
        ("stuck", "flows.tasks.escalate_stuck", 60),
        ("seen", "flows.tasks.forget_seen", 86_400),
        ("sign_ins", "operations.tasks.tell_sign_ins", 20),
    ]
}

# Language, time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [ROOT / "platform" / "config" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
H5_DIR = ROOT / "miniprogram" / "dist" / "build" / "h5"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"

# Web
DEBUG = False
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,testserver,hospital.example")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
LOGIN_URL = "/admin/login/"
APPEND_SLASH = True

# Back office
WAGTAIL_SITE_NAME = HOSPITAL_NAME
WAGTAILADMIN_BASE_URL = PUBLIC_URL if PRODUCTION else f"http://127.0.0.1:{PORT}"
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_I18N_ENABLED = False
WAGTAIL_WORKFLOW_ENABLED = True
WAGTAIL_AUTOSAVE_INTERVAL = 1500
WAGTAIL_USER_TIME_ZONES = ["Asia/Shanghai"]
WAGTAILADMIN_USER_LOGIN_FORM = "operations.sign_in.SignInForm"
WAGTAIL_PASSWORD_RESET_ENABLED = False

# The read-only staff endpoint
STAFF_READ_TOKEN = env.text("STAFF_READ_TOKEN", _kept.get("staff_read_token", ""))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"kombu.connection": {"level": "ERROR"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "WARNING")},
}
