"""Who is asking: the bearer token becomes an account; every answer of ours that is a refusal becomes problem+json."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.security import HttpBearer

from core.errors import Problem, Unauthorised
from core.screen import Screen
from patients import queries as patients
from patients.models import Account

log = logging.getLogger("api")


class SignInNeeded(Unauthorised):
    title = "请先登录"
    remedy = "请重新进入小程序登录。"


class Bearer(HttpBearer):
    """The account behind `Authorization: Bearer …`; anything else is 401."""

    def authenticate(self, request: HttpRequest, token: str) -> Account:
        account = patients.account_of(token)
        if account is None:
            raise SignInNeeded
        return account


class Json(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=str)


class JsonBody(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        body = request.body
        if b"\\u0000" in body or b"\x00" in body:
            raise HttpError(400, "请求内容含有不能使用的字符。")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            raise HttpError(400, "请求内容不是正确的 JSON。") from problem


api = NinjaAPI(title="医程", version="1", urls_namespace="api", auth=Bearer(), renderer=Json(), parser=JsonBody(), docs_url=None)


def problem_answer(body: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(orjson.dumps(body, default=str), status=status, content_type="application/problem+json")


@api.exception_handler(Problem)
def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    body = problem.as_problem()
    screen = getattr(problem, "screen", None)
    if isinstance(screen, Screen):
        body["screen"] = screen.model_dump(mode="json")
    return problem_answer(body, problem.status)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    fields = {".".join(str(part) for part in error["loc"][1:]): error["type"] for error in problem.errors}
    first = next(iter(fields), "")
    body = {
        "type": "about:blank",
        "code": "api.malformed",
        "title": "提交的内容不完整或格式不对",
        "detail": f"请检查：{first}",
        "remedy": "请改好后再试。",
    }
    return problem_answer({**body, "status": 422, "facts": fields}, 422)


CODES = {400: "api.not_json", 401: "api.sign_in_needed", 404: "api.not_found", 405: "api.method_not_allowed", 413: "api.too_large"}


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """An address that the interface does not have."""
    body = {"type": "about:blank", "code": "api.not_found", "title": "没有这个接口地址", "detail": "", "remedy": "请更新小程序后再试。"}
    return problem_answer({**body, "status": 404, "facts": {}}, 404)


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, _problem: RequestDataTooBig) -> HttpResponse:
    return http_error(request, HttpError(413, "请求内容过大。"))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, problem: HttpError) -> HttpResponse:
    code = CODES.get(problem.status_code, "api.refused")
    body = {
        "type": "about:blank",
        "code": code,
        "title": str(problem),
        "detail": "",
        "remedy": "请检查后再试。",
        "status": problem.status_code,
        "facts": {},
    }
    return problem_answer(body, problem.status_code)
