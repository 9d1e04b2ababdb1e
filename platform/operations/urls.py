"""The desk's addresses, under /admin/desk/. None of them holds personal data."""

from __future__ import annotations

from django.urls import URLPattern, path

from operations.views import inbox, money, runs, security

app_name = "operations"
urlpatterns: list[URLPattern] = [
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/done/", inbox.done, name="inbox_done"),
    path("runs/", runs.index, name="runs"),
    path("runs/export/", runs.export, name="runs_export"),
    path("runs/<str:number>/", runs.detail, name="run"),
    path("runs/<str:number>/act/", runs.act, name="run_act"),
    path("runs/<str:number>/name/", runs.reveal, name="run_name"),
    path("orders/", money.index, name="orders"),
    path("orders/<str:number>/", money.detail, name="order"),
    path("orders/<str:number>/trouble/", money.trouble, name="order_trouble"),
    path("audit/", security.audit, name="audit"),
    path("audit/check/", security.check, name="audit_check"),
    path("letters/", security.letters, name="letters"),
    path("letters/<int:pk>/retry/", security.retry, name="letter_retry"),
]
