"""Nudges of three lines."""

from celery import shared_task

from operations import sign_in


@shared_task
def tell_sign_ins() -> int:
    return sign_in.tell_failures()
