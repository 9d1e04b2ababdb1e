"""Sign-in, the card, who I am, how screens are drawn."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from api import schemas, unchanged
from api.door import api
from core import limits
from patients import actions, errands, queries
from patients.models import Account


def account(request: HttpRequest) -> Account:
    return request.auth  # type: ignore[attr-defined]  # set by the bearer door


def host_font(request: HttpRequest) -> float | None:
    return unchanged.font(request.headers.get("X-Font-Px", ""))


def elder(request: HttpRequest) -> bool:
    """An explicit `mode` of the query wins; else the account's, the patient's age, the host's font."""
    asked = request.GET.get("mode", "")
    if asked in ("normal", "elder"):
        return asked == "elder"
    return queries.display_mode(account(request), host_font=host_font(request)).mode == "elder"


@api.get("/config", auth=None, response=schemas.Config, operation_id="config")
def config(request: HttpRequest) -> schemas.Config:
    return schemas.Config(
        hospital=settings.HOSPITAL_NAME,
        desk_name=settings.DESK_NAME,
        desk_phone=settings.DESK_PHONE,
        sign_in_url=settings.DEMO_SIGN_IN_URL,
        appid=settings.PLATFORMS["wechat"]["OPTIONS"]["appid"],
        elder_age=settings.ELDER_AGE,
        source_url=settings.SOURCE_URL,
    )


@api.post("/sign-in", auth=None, response=schemas.SignedIn, operation_id="sign_in")
def sign_in(request: HttpRequest, body: schemas.SignIn) -> schemas.SignedIn:
    limits.demand(f"sign-in:{request.META.get('REMOTE_ADDR', '')}", times=60, seconds=60)
    session = errands.sign_in(body.platform, body.code)
    return schemas.SignedIn(token=session.token, bound=bool(queries.patients_of(session.account)))


@api.post("/cards", response=schemas.Bound, operation_id="bind_card")
def bind_card(request: HttpRequest, body: schemas.Card) -> schemas.Bound:
    patient = errands.bind_card(account(request), name=body.name, id_type=body.id_type, id_no=body.id_no, phone=body.phone)
    return schemas.Bound(patient=next(person for person in people(account(request)) if person.id == patient.number))


def people(owner: Account) -> list[schemas.Person]:
    rows = queries.patients_of(owner)
    return [
        schemas.Person(
            id=row.patient.number,
            name=row.patient.name.masked,
            relation=row.relation_text,
            card=row.patient.card.masked,
            current=number == 0,
        )
        for number, row in enumerate(rows)
    ]


@api.get("/me", response=schemas.Me, operation_id="me")
def me(request: HttpRequest) -> schemas.Me:
    mode = queries.display_mode(account(request), host_font=host_font(request))
    return schemas.Me(patients=people(account(request)), display=schemas.Display(mode=mode.mode, source=mode.source, prompt=mode.prompt))


@api.put("/me/display", response=schemas.Display, operation_id="choose_display")
def choose_display(request: HttpRequest, body: schemas.DisplayChoice) -> schemas.Display:
    actions.choose_display(account(request), body.mode)
    mode = queries.display_mode(account(request), host_font=host_font(request))
    return schemas.Display(mode=mode.mode, source=mode.source, prompt=mode.prompt)
