"""The unchanged visit page (304) beside a bare Django view (the floor) and a DRF view of the usual kind: session user, ORM, serializer."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from hospital import a_visit, open_house
from measure import interleaved, table

open_house()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.authentication import SessionAuthentication  # noqa: E402
from rest_framework.generics import RetrieveAPIView  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402

from api.unchanged import Door  # noqa: E402
from core import clock  # noqa: E402
from flows.models import Run, Step  # noqa: E402
from patients import tokens  # noqa: E402

REQUESTS = 300


class StepRow(serializers.ModelSerializer):
    class Meta:
        model = Step
        fields = ("key", "n", "type", "title", "state", "outcome", "reason", "entered_at", "finished_at")


class RunRow(serializers.ModelSerializer):
    steps = StepRow(many=True)

    class Meta:
        model = Run
        fields = ("number", "campus", "department", "day", "status", "started_at", "steps")


class UsualView(RetrieveAPIView):
    queryset = Run.objects.prefetch_related("steps")
    serializer_class = RunRow
    lookup_field = "number"
    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)


def bare(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [path("", include("config.urls")), path("bench/bare", bare), path("bench/usual/<str:number>", UsualView.as_view())]
settings.ROOT_URLCONF = __name__
application = Door(WSGIHandler())


def request(address: str, expected: int, **headers: str) -> Callable[[], int]:
    def many() -> int:
        for _ in range(REQUESTS):
            ask(address, expected, headers)
        return REQUESTS

    return many


def ask(address: str, expected: int, headers: dict[str, str]) -> dict[str, str]:
    told: dict[str, str] = {}

    def start(status: str, sent: list[tuple[str, str]], _error: Any = None) -> None:
        told.update({"status": status, **dict(sent)})

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": address, "SERVER_NAME": "testserver", "SERVER_PORT": "80", "wsgi.input": BytesIO(),
        "wsgi.url_scheme": "http", "HTTP_HOST": "testserver", **headers,
    }  # fmt: skip
    b"".join(application(environ, start))
    if not told["status"].startswith(str(expected)):
        raise SystemExit(f"{address}: {told['status']}, expected {expected}")
    return told


def main() -> None:
    account, run = a_visit()
    user = get_user_model().objects.create(username="bench")
    session = SessionStore()
    session.update(
        {
            "_auth_user_id": str(user.pk),
            "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
            "_auth_user_hash": user.get_session_auth_hash(),
        }
    )
    session.save()
    token = tokens.issue(tokens.Claim(account.pk, account.epoch), at=int(clock.now().timestamp()))
    page, mine = f"/api/v1/visits/{run.number}", {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def unchanged() -> int:
        known = ask(page, 200, mine)["ETag"]  # anew each round: a screen lasts a minute
        return request(page, 304, **mine, HTTP_IF_NONE_MATCH=known)()

    candidates = {
        "floor: a bare Django view": request("/bench/bare", 200),
        "ours: the visit page unchanged (304)": unchanged,
        "ours: the visit page drawn (200)": request(page, 200, **mine),
        "peer: DRF, session, ORM, serializer": request(f"/bench/usual/{run.number}", 200, HTTP_COOKIE=f"sessionid={session.session_key}"),
    }
    table("poll: one request, CPU of the web process", interleaved(candidates), ours="ours: the visit page unchanged (304)", unit="request")


if __name__ == "__main__":
    main()
