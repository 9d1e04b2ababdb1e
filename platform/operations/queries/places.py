"""Names of campuses and departments, by the numbers HIS gave them."""

from __future__ import annotations

from care.models import Campus, Department


def departments() -> dict[str, str]:
    return {row.his_id: row.name for row in Department.objects.order_by("name")}


def campuses() -> dict[str, str]:
    return {row.his_id: row.name for row in Campus.objects.order_by("name")}
