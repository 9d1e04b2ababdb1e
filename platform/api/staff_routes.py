"""What staff tools may read: one order as our books have it. Read-only, masked, behind a token of its own."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from api import schemas
from api.door import SignInNeeded, api
from payments import queries as payments


class StaffToken(HttpBearer):
    """`Authorization: Bearer <STAFF_READ_TOKEN>`."""

    def authenticate(self, request: HttpRequest, token: str) -> str:
        if not settings.STAFF_READ_TOKEN or not hmac.compare_digest(token.encode(), settings.STAFF_READ_TOKEN.encode()):
            raise SignInNeeded
        return "staff"


@api.get("/staff/orders/{number}", auth=StaffToken(), response=schemas.StaffOrder, operation_id="staff_order")
def staff_order(request: HttpRequest, number: str) -> schemas.StaffOrder:
    return schemas.StaffOrder(**vars(payments.books(number)))
