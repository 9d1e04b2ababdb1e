"""The doors partners knock on. A callback is a hint: verified, looked up, answered at once; the work comes after."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from api.door import problem_answer
from core.errors import Problem
from his import errands as his
from payments import errands as payments

LARGEST = 512 * 1024
"""No partner sends more; a larger body is refused before it is read."""


def too_large(request: HttpRequest) -> bool:
    length = request.headers.get("Content-Length", "")
    return not length.isdigit() or int(length) > LARGEST


@csrf_exempt
@require_POST
def wechat_pay(request: HttpRequest) -> HttpResponse:
    """WeChat Pay's payment and refund notices (APIv3)."""
    if too_large(request):
        return problem_answer({"code": "FAIL", "message": "内容过大"}, 413)
    ack = payments.accept_callback("wechat", dict(request.headers), request.body)
    return HttpResponse(ack.body, status=ack.status, content_type="application/json")


@csrf_exempt
@require_POST
def his_events(request: HttpRequest) -> HttpResponse:
    """Events pushed by HIS (docs/partners/his-rest.md)."""
    if too_large(request):
        return problem_answer({"code": "too_large", "message": "内容过大"}, 413)
    try:
        accepted = his.accept_push(request.method or "POST", request.get_full_path(), dict(request.headers), request.body)
    except Problem as problem:
        return problem_answer(problem.as_problem(), problem.status)
    return HttpResponse(orjson.dumps({"accepted": accepted}), content_type="application/json")
