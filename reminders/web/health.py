"""Two questions a supervisor asks: does the process answer, and can it do its work. Neither says anything more."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from reminders.database.engine import current_revision, known_revisions
from reminders.logs import get_logger
from reminders.service import Service

log = get_logger(__name__)


def health_routes(service: Service) -> APIRouter:
    """`/live` and `/ready`."""
    router, wanted = APIRouter(tags=["health"]), known_revisions()[-1]

    @router.get("/live", summary="The process answers")
    async def live() -> JSONResponse:
        return JSONResponse({"live": True})

    @router.get("/ready", summary="The database answers and its tables are current", responses={503: {}})
    def ready() -> JSONResponse:
        try:
            current = current_revision(service.engine) == wanted
        except Exception as error:  # whatever it is, the answer is no
            log.error("not_ready", error)
            current = False
        return JSONResponse({"ready": current}, status_code=200 if current else 503)

    return router
