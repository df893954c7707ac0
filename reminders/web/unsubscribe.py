"""The page behind an e-mail's "unsubscribe" (RFC 8058): a POST ends the e-mails, a GET shows one button.

The rule: a GET never changes anything, since mail scanners follow every link; the page names nobody.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from reminders import callbacks
from reminders.hooks.base import HookRefused, HookRequest
from reminders.hooks.twilio import delivery_of
from reminders.service import Service
from reminders.unsubscribing import unsubscribe
from reminders.web.described import unsubscribe_description
from reminders.web.forms import read_any_form

ONE_CLICK = ("List-Unsubscribe", "One-Click")

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body>
<main>
{main}
</main>
</body>
</html>
"""
_ASK = """\
<h1>Stop these e-mails?</h1>
<p>You will get no more e-mails about your visits from this department. Texts and calls are not changed.</p>
<p lang="es">¿Dejar de recibir estos correos? No recibirá más correos electrónicos de este departamento sobre sus
citas. Los mensajes de texto y las llamadas no cambian.</p>
<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button type="submit">Stop e-mails / <span lang="es">No más correos</span></button>
</form>"""
_DONE = """\
<h1>You will get no more e-mails</h1>
<p>If you have questions about your visit, please call the department.</p>
<p lang="es">No recibirá más correos electrónicos. Si tiene preguntas sobre su cita, llame al departamento.</p>"""
_WRONG = """\
<h1>This link does not work</h1>
<p>It may have been cut. Open it from the e-mail again, or call the department.</p>
<p lang="es">Este enlace no funciona. Ábralo otra vez desde el correo, o llame al departamento.</p>"""


def unsubscribe_routes(service: Service) -> APIRouter:
    """GET shows the page, POST ends the e-mails to the address of one delivery."""
    router = APIRouter(tags=["e-mail"])

    async def read(request: Request) -> HookRequest:
        return _addressed(request, form=await read_any_form(request))

    @router.get(callbacks.UNSUBSCRIBE_PATH, summary="Ask before e-mails end", openapi_extra=unsubscribe_description())
    async def ask(request: Request) -> HTMLResponse:
        if _ours(service, _addressed(request)) is None:
            return _page("This link does not work", _WRONG, status=403)
        return _page("Stop these e-mails?", _ASK)

    @router.post(
        callbacks.UNSUBSCRIBE_PATH,
        summary="End the e-mails to an address",
        openapi_extra=unsubscribe_description(form=dict([ONE_CLICK])),
    )
    def end(request: Annotated[HookRequest, Depends(read)]) -> HTMLResponse:
        delivery = _ours(service, request)
        if delivery is None:
            return _page("This link does not work", _WRONG, status=403)
        if list(request.form) != [ONE_CLICK]:
            raise HookRefused(400, "field")
        unsubscribe(service, delivery)
        return _page("You will get no more e-mails", _DONE)

    return router


def _addressed(request: Request, form: list[tuple[str, str]] | None = None) -> HookRequest:
    query = request.scope["query_string"].decode("latin-1")
    return HookRequest(url=f"{callbacks.UNSUBSCRIBE_PATH}?{query}", form=form or [], headers=request.headers)


def _ours(service: Service, request: HookRequest) -> str | None:
    """The delivery the address names, if it was made here."""
    delivery, mac = delivery_of(request), request.query(callbacks.MAC_PARAMETER)
    if delivery is None or mac is None or not callbacks.is_ours(service.vault, delivery, mac):
        return None
    return delivery


def _page(title: str, main: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=title, main=main), status_code=status)
