"""One HTTP request to a server of OpenAI's API, and every way in which it can fail.

Nothing is tried again here: what may be is a :class:`Failed`, what may not a
:class:`Refused`. The key is in no message: what a server says is quoted without it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from codeupdate.errors import MissingExtra

if TYPE_CHECKING:
    import httpx2

__all__ = ["Client", "Failed", "Garbled", "Refused", "Unreachable"]

CONNECT_SECONDS = 20
QUOTED = 300  # characters of what a server says
#: Besides 5xx: request timeout, conflict, too early, too many requests.
PASSING = frozenset({408, 409, 425, 429})
LASTING = frozenset({501, 505})
#: A rate limit passes; an empty account does not, and has the same status.
SPENT = "insufficient_quota"


class Failed(Exception):
    """The request may succeed later. ``wait``: seconds that the server asks for.

    ``crowded``: it may have failed because there were too many at once.
    """

    def __init__(self, said: str, *, wait: float | None = None, crowded: bool = True) -> None:
        super().__init__(said)
        self.wait = wait
        self.crowded = crowded


class Unreachable(Failed):
    """There is nobody at this address, now."""


class Garbled(Failed):
    """What came back is not what the API promises: HTML, half a JSON object, no choices."""

    def __init__(self, said: str) -> None:
        super().__init__(said, crowded=False)


class Refused(Exception):
    """The request will never succeed as it is.

    ``said`` is the server's message, ``parameter`` what it complains of where it says so,
    ``code`` the server's own name for the reason.
    """

    def __init__(self, status: int, said: str, parameter: str = "", code: str = "") -> None:
        super().__init__(f"{status}: {said}")
        self.status = status
        self.said = said
        self.parameter = parameter
        self.code = code


class Client:
    """Requests to the API below ``url``; made and used in one event loop.

    ``timeout`` is how many seconds a whole request may take.

    Raises:
        MissingExtra: the HTTP client is not installed.
    """

    def __init__(self, url: str, key: str | None, *, timeout: float, connections: int) -> None:
        try:
            import httpx2
        except ImportError as error:
            raise MissingExtra("a model of the backend openai", "httpx2", "openai") from error
        self._url = url
        self._key = key
        self._timeout = timeout
        self._http = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            # Connections are bounded by who asks, and given up before a server gives them up:
            # many do after five seconds, and a request at that moment would break.
            limits=httpx2.Limits(
                max_connections=None, max_keepalive_connections=connections, keepalive_expiry=2
            ),
            timeout=httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
        )

    async def ask(self, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        """What the server answers to ``body``; without one, what it says at ``path``.

        Raises:
            Failed, Refused: see there.
        """
        import httpx2

        method = "GET" if body is None else "POST"
        try:
            # The client's own limit starts anew with every piece of an answer.
            async with asyncio.timeout(self._timeout):
                response = await self._http.request(method, f"{self._url}/{path}", json=body)
        except (TimeoutError, httpx2.ReadTimeout, httpx2.WriteTimeout):
            raise Failed(f"no answer within {self._timeout:g} seconds") from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            why = self._quoted(str(error)) or "no connection"
            raise Unreachable(f"it cannot be reached ({why})") from None
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            why = self._quoted(str(error)) or type(error).__name__
            raise Failed(f"the connection broke ({why})") from None
        found = _parsed(response)
        if response.is_success:
            return self._object(found)
        raise self._complaint(response, found)

    async def close(self) -> None:
        await self._http.aclose()

    def _object(self, found: object) -> dict[str, Any]:
        if not isinstance(found, dict):
            raise Garbled("it answers with something that is not a JSON object")
        if found.get("error") and not found.get("choices"):  # a gateway's way of failing
            said, _, _ = _said(found)
            raise Failed(self._quoted(said) or "an error without a message")
        return found

    def _complaint(self, response: httpx2.Response, found: object) -> Failed | Refused:
        status = response.status_code
        said, parameter, code = _said(found)
        said = self._quoted(said) or response.reason_phrase or "no reason is given"
        if status in LASTING or (status < 500 and status not in PASSING):
            return Refused(status, said, parameter, code)
        if status == 429 and code == SPENT:
            return Refused(status, said, parameter, code)
        return Failed(f"{status}: {said}", wait=_wait(response.headers))

    def _quoted(self, said: str) -> str:
        """``said`` in one line, shortened, without the key."""
        said = said.replace(self._key, "[key]") if self._key else said
        said = " ".join(said.split())
        return said if len(said) <= QUOTED else f"{said[:QUOTED]}…"


def _parsed(response: httpx2.Response) -> object:
    """The JSON that was sent, or the text; the text of a page is its markup and says nothing."""
    try:
        return response.json()
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        html = "html" in response.headers.get("content-type", "")
        return "" if html else response.text


def _said(found: object) -> tuple[str, str, str]:
    """Message, parameter and code of an error, in the forms that servers give it."""
    if not isinstance(found, dict):
        return (found if isinstance(found, str) else ""), "", ""
    error = found.get("error", found)
    if not isinstance(error, dict):
        return str(error or ""), "", str(found.get("error_type") or "")
    detail = error.get("message") or error.get("detail") or ""
    parameter = str(error.get("param") or "")
    if isinstance(detail, list):  # FastAPI's form: where, and what is wrong there
        wrong = [one for one in detail if isinstance(one, dict)]
        parameter = parameter or next((str(one["loc"][-1]) for one in wrong if one.get("loc")), "")
        detail = "; ".join(f"{one.get('loc')}: {one.get('msg')}" for one in wrong)
    return str(detail), parameter, str(error.get("code") or error.get("type") or "")


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by ``Retry-After`` (RFC 9110: a number or a date) or ``retry-after-ms``."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        after = headers.get("retry-after", "")
        if not after:
            return None
        if re.fullmatch(r"[\d.]+", after.strip()):
            return float(after)
        return max(0.0, (parsedate_to_datetime(after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
