"""The visit: home, the whole chain, each step, answers, payment, results."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Header

from api import home, schemas, unchanged
from api.door import api
from api.patients_routes import account, elder
from core.screen import Screen
from flows import errands, queries


@api.get("/home", response=Screen, operation_id="home")
def home_screen(request: HttpRequest) -> Screen:
    return home.home(account(request), elder=elder(request))


@api.get("/visits/{number}", response={200: Screen, 304: None}, operation_id="visit")
def visit(request: HttpRequest, number: str) -> HttpResponse:
    return unchanged.answer(
        request, account(request), number, lambda: queries.screen(number, account(request), elder=elder(request)), elder=elder(request)
    )


@api.get("/visits/{number}/steps/{step}", response=Screen, operation_id="step")
def step(request: HttpRequest, number: str, step: str) -> Screen:
    return queries.step_screen(number, step, account(request), elder=elder(request))


@api.post("/visits/{number}/steps/{step}/answer", response={200: Screen, 409: schemas.Problem}, operation_id="answer")
def answer(
    request: HttpRequest, number: str, step: str, body: schemas.StepAnswer, idempotency_key: str = Header(min_length=8, max_length=64)
) -> Screen:
    position = errands.Reading(**body.position.model_dump()) if body.position else None
    return errands.answer(
        number, step, account(request), action=body.action, data=body.data, position=position, key=idempotency_key, elder=elder(request)
    )


@api.post("/visits/{number}/steps/{step}/pay", response={200: schemas.Payment, 409: schemas.Problem}, operation_id="pay")
def pay(request: HttpRequest, number: str, step: str, body: schemas.Pay) -> schemas.Payment:
    paying = errands.pay(number, step, account(request), channel=body.channel, client_ip=request.META.get("REMOTE_ADDR", "127.0.0.1"))
    return schemas.Payment(
        order=paying.order, kind="wechat", params=schemas.WeChatParams(**paying.params), cashier=paying.demo_cashier or ""
    )


@api.get("/orders/{number}", response=Screen, operation_id="order")
def order(request: HttpRequest, number: str) -> Screen:
    return home.order(number, account(request), elder=elder(request))


@api.get("/orders", response=Screen, operation_id="orders")
def orders(request: HttpRequest) -> Screen:
    return home.orders(account(request), elder=elder(request))


@api.get("/inbox", response=Screen, operation_id="inbox")
def inbox(request: HttpRequest) -> Screen:
    return home.inbox(account(request), elder=elder(request))


@api.get("/records", response=Screen, operation_id="records")
def records(request: HttpRequest) -> Screen:
    return home.records(account(request), elder=elder(request))


@api.get("/pages/{slug}", response=Screen, operation_id="page", auth=None)
def page(request: HttpRequest, slug: str) -> Screen:
    return home.page(slug, elder=request.GET.get("mode") == "elder")
