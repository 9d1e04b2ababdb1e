"""Addresses of the canvas, below the admin."""

from django.urls import path

from flows.editor import changes, files, versions, views

app_name = "flow_editor"
urlpatterns = [
    path("check/", views.check_draft, name="check"),
    path("read/", views.read, name="read"),
    path("preview/", views.preview, name="preview"),
    path("<int:pk>/versions/", versions.page, name="versions"),
    path("<int:pk>/changes/", changes.page, name="changes"),
    path("<int:pk>/export.json", files.export_json, name="export_json"),
    path("<int:pk>/export.bpmn", files.export_bpmn, name="export_bpmn"),
    path("<int:pk>/import/", files.import_into, name="import_into"),
    path("import/", files.import_new, name="import_new"),
]
