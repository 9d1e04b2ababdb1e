"""Every route of `/api/v1/`, by an explicit list of imports."""

from api import patients_routes, staff_routes, visit_routes
from api.door import api

__all__ = ["api", "patients_routes", "staff_routes", "visit_routes"]
