"""The same framework and server, answering one empty 204 to whatever is posted: what stands beside our hooks."""

import sys

import uvicorn
from fastapi import FastAPI, Request, Response


def main(port: int) -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/hooks/twilio/status")
    async def nothing(request: Request) -> Response:
        await request.body()
        return Response(status_code=204)

    options = {"log_config": None, "access_log": False, "server_header": False, "lifespan": "off", "ws": "none"}
    uvicorn.run(app, host="127.0.0.1", port=port, **options)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(int(sys.argv[1]))
