"""The addresses of the house: `/` leads to `/m/` (patients) and `/admin/` (staff)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path
from wagtail.admin import urls as admin_urls
from wagtail.documents import urls as document_urls

from api import callbacks
from api.door import nowhere
from api.routes import api
from config import source


def front(request: HttpRequest) -> HttpResponse:
    return render(request, "front.html", {"hospital": settings.HOSPITAL_NAME})


urlpatterns: list[URLPattern | URLResolver] = [
    path("", front, name="front"),
    path("api/v1/", api.urls),
    path("api/<path:rest>", nowhere),
    path("callbacks/wechat/pay", callbacks.wechat_pay, name="callback_wechat_pay"),
    path("callbacks/his/events", callbacks.his_events, name="callback_his_events"),
    path("admin/", include(admin_urls)),
    path("documents/", include(document_urls)),
    path("source/", source.page, name="source"),
    path("source/yicheng-source.tar.gz", source.download, name="source_download"),
]
