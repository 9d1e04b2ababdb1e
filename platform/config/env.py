"""Reading the environment, loudly: a missing or malformed value names itself and the remedy."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The value of `name`, or of the file named by `<name>_FILE` (for secrets); `default` when neither is set."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set: put it, or {name}_FILE, into the environment (see docs/settings.md).")
    return value


def number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.lstrip("-").isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def document(name: str, default: str) -> Any:
    """The JSON document in `name`."""
    try:
        return json.loads(text(name, default))
    except json.JSONDecodeError as problem:
        raise ImproperlyConfigured(f"{name} must hold JSON: {problem}.") from problem


def keys_kept_in(folder: Path) -> dict[str, str]:
    """Secrets of one demo or test installation, made once in `folder`/keys.json (mode 600). Never used in production."""
    path = folder / "keys.json"
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "secret_key": secrets.token_urlsafe(48),
        "field_key": secrets.token_hex(16),
        "index_key": secrets.token_hex(32),
        "audit_key": secrets.token_hex(32),
        "token_key": secrets.token_hex(32),
        "staff_read_token": secrets.token_urlsafe(32),
    }
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return keys_kept_in(folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(made, file)
    return made


def sandbox_credentials(folder: Path) -> dict[str, Any]:
    """What the sandbox partners gave us, from `folder`/sandbox/credentials.json; empty before it was prepared."""
    path = folder / "sandbox" / "credentials.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
