"""The addresses of the house: `/` leads to `/m/` (patients) and `/admin/` (staff)."""

from django.urls import URLPattern, URLResolver, include, path
from wagtail.admin import urls as admin_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", include(admin_urls)),
]
