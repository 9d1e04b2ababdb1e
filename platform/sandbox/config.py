"""Where the sandbox keeps its files, where it listens, and which public names lead to this machine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
LOOPBACK = "127.0.0.1"


@dataclass
class Config:
    """`names` maps a public name to the loopback address behind it; a partner calls nothing else."""

    folder: Path
    his_port: int
    wechat_port: int
    names: dict[str, str] = field(default_factory=dict)
    clock_seconds: float = 0
    retry_scale: float = 1.0

    @property
    def his_url(self) -> str:
        return f"http://{LOOPBACK}:{self.his_port}"

    @property
    def wechat_url(self) -> str:
        return f"http://{LOOPBACK}:{self.wechat_port}"

    @property
    def public_name(self) -> str:
        """The name under which the platform has registered its addresses."""
        return next(iter(self.names))

    def behind(self, public_url: str) -> str | None:
        """The loopback address of a public one; None when its name is not in the table."""
        for name, address in self.names.items():
            if public_url == name or public_url.startswith(f"{name}/"):
                return address + public_url.removeprefix(name)
        return None

    def rename(self, names: dict[str, str]) -> None:
        """Replace the table of names. Only loopback addresses are taken."""
        if not names or not all(is_loopback(address) for address in names.values()):
            raise ValueError("names lead to loopback addresses only")
        self.names = {name.rstrip("/"): address.rstrip("/") for name, address in names.items()}


def is_loopback(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")


def from_environment() -> Config:
    """From DATA_DIR, SANDBOX_PORT, PORT, SANDBOX_NAMES (JSON), SANDBOX_CLOCK (seconds of a beat, 0 stands still), SANDBOX_RETRY_SCALE."""
    data = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()
    port = int(os.environ.get("SANDBOX_PORT") or 8100)
    platform = f"http://{LOOPBACK}:{os.environ.get('PORT') or 8000}"
    names = json.loads(os.environ.get("SANDBOX_NAMES") or "{}") or {"https://hospital.example": platform}
    config = Config(
        folder=data / "sandbox",
        his_port=port,
        wechat_port=port + 1,
        clock_seconds=float(os.environ.get("SANDBOX_CLOCK") or 8),
        retry_scale=float(os.environ.get("SANDBOX_RETRY_SCALE") or 1),
    )
    config.rename(names)
    return config
