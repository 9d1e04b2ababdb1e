"""Addresses of the canvas, below the admin."""

from django.urls import path

from flows.editor import versions, views

app_name = "flow_editor"
urlpatterns = [
    path("check/", views.check_draft, name="check"),
    path("read/", views.read, name="read"),
    path("preview/", views.preview, name="preview"),
    path("<int:pk>/versions/", versions.page, name="versions"),
]
