"""The WSGI entry point granian serves. It refuses to start on settings that belong to the demo (config.checks)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from api.unchanged import Door  # noqa: E402 -- the apps must be loaded first
from config import checks  # noqa: E402

checks.or_refuse()
application = Door(django)
