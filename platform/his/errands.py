"""What is exchanged with the HIS: its pushes are let in, its feed is read for what a lost push hid."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from core import clock, limits
from his import actions, his, signature, wire
from his.errors import PushMalformed, PushRefused
from his.models import Received
from his.port import HisEvent

PAGES_AT_ONCE = 20


def accept_push(method: str, path: str, headers: Mapping[str, str], body: bytes) -> int:
    """How many events the push held; each is kept and published once, however often it comes.

    Raises PushRefused for a signature that does not hold (counted; nothing else happens), PushMalformed for content outside the contract.
    """
    keys: Mapping[str, str] = settings.HIS_PUSH_KEYS
    try:
        signed = signature.verify(method, path, headers, body, keys=keys, at=int(clock.now().timestamp()))
        events = pushed(body)
        actions.take_push(signed, events)
    except PushRefused as no:
        actions.count_refusal(source_of(headers, keys), str(no.facts["reason"]))
        raise
    return len(events)


def pushed(body: bytes) -> tuple[HisEvent, ...]:
    try:
        page = wire.page(body)
    except ValueError:
        raise PushMalformed from None
    if page.unusable:
        raise PushMalformed(events=len(page.unusable))
    return page.events


def source_of(headers: Mapping[str, str], keys: Mapping[str, str]) -> str:
    """The key id it claims, if that is one of ours: a stranger's words do not get into the audit."""
    claimed = next((value for name, value in headers.items() if name.lower() == "x-key-id"), "")
    return claimed if claimed in keys else "unknown"


def poll() -> int:
    """Read the feed from where everything is known; returns how many events were new. Does nothing while another poller is at work.

    Raises PartnerUnavailable, PartnerRefused; what was read before is kept.
    """
    holder = actions.lease()
    if not holder:
        return 0
    try:
        return read_feed()
    finally:
        actions.release(holder)


def read_feed() -> int:
    after, new = actions.move_on(), 0
    for _ in range(PAGES_AT_ONCE):
        page = his().events(after, limit=wire.LARGEST_PAGE)
        new += actions.keep(page.events, Received.Means.POLL)
        note_unusable(page.unusable)
        after = max([after, *(event.seq for event in page.events), *page.unusable])
        if len(page.events) + len(page.unusable) < wire.LARGEST_PAGE:
            break
    actions.move_on(read_to=after)
    return new


def note_unusable(seqs: tuple[int, ...]) -> None:
    """Each is told once an hour, though every poll meets it until its hole has settled."""
    for seq in seqs:
        if limits.allow(f"his.event_unusable:{seq}", times=1, seconds=3600):
            actions.note_unusable(seq)
