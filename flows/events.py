"""What flows tells the rooms above, and itself through the outbox."""

from dataclasses import dataclass

from core import outbox


@outbox.event
@dataclass(frozen=True)
class EffectDue:
    """The kernel asked for something outside: `kind` open, close, cancel, undo or remind+minutes, for one instance `key#n`.

    `done` only where a role owns the step: whatever ended it, her task is over.
    """

    run: str
    kind: str
    instance: str


@outbox.event
@dataclass(frozen=True)
class RunStarted:
    run: str
    patient: str
    appointment: str


@outbox.event
@dataclass(frozen=True)
class RunEnded:
    """`by` says why: `finished`, or the interrupt that struck (`day_over`)."""

    run: str
    patient: str
    by: str
