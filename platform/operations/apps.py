"""The staff's desk inside Wagtail's admin: inbox, run desk, orders, letters, audit."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class Operations(AppConfig):
    name = "operations"
    verbose_name = "后台"

    def ready(self) -> None:
        post_migrate.connect(keep_roles, dispatch_uid="operations.roles")


def keep_roles(sender: AppConfig, using: str, **_: Any) -> None:
    """After the last app of a migrate, when every room's permissions stand, the roles are made complete and first names Chinese."""
    from django.apps import apps

    from operations import first_names, roles

    with_models = [app for app in apps.get_app_configs() if app.models_module is not None]
    if using == "default" and sender is with_models[-1]:
        roles.keep()
        first_names.keep()
