"""How often the expensive operations may be asked for, by each user or address."""

from django.http import HttpRequest
from ninja.throttling import UserRateThrottle


class Throttle(UserRateThrottle):
    """Counts by user, or by address where nobody is logged in; each operation by itself."""

    def __init__(self, scope: str, rate: str) -> None:
        self.scope = scope
        super().__init__(rate)

    def get_ident(self, request: HttpRequest) -> str | None:
        """Return the address of the connection: a header could be made up."""
        return request.META.get("REMOTE_ADDR")


CREATE = Throttle("api-create", "60/min")
RUN_NOW = Throttle("api-run", "60/min")
EXPERIMENT = Throttle("api-experiment", "12/min")
TRACE = Throttle("api-trace", "240/min")
