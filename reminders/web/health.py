"""What a supervisor asks: does the process answer, does the installation do its work, and how much of it.

The rule: an answer holds fixed words and numbers, never anything of a patient.
"""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from reminders.health.metrics import CONTENT_TYPE, exposed
from reminders.health.readiness import wanting
from reminders.health.watching import Watchman
from reminders.service import Service


def health_routes(service: Service, watchman: Watchman | None = None) -> APIRouter:
    """`/live`, `/ready` and `/metrics`; `watchman` is that of the worker in this very process."""
    router = APIRouter(tags=["health"])

    @router.get("/live", summary="The process answers")
    async def live() -> JSONResponse:
        return JSONResponse({"live": True})

    @router.get("/ready", summary="The installation does its work", responses={503: {}})
    def ready() -> JSONResponse:
        why = wanting(service, watchman)
        return JSONResponse({"ready": False, "why": list(why)}, 503) if why else JSONResponse({"ready": True})

    @router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
    def metrics() -> Response:
        return Response(exposed(service, watchman), headers={"content-type": CONTENT_TYPE})

    return router
