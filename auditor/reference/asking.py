"""What was asked of a server, and what its answers and failures mean to the user."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.base.errors import InputRefused
from auditor.reference.addresses import LICENCE_PAGE, file_name, is_local, is_other_file, shown, within
from auditor.reference.sources import Source, how_by_hand

if TYPE_CHECKING:
    import httpx

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


class Again(Exception):
    """An attempt failed, the next may not. `wait` is what the server asks for, in seconds."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


@dataclass(frozen=True)
class Asked:
    """One file asked for. `own`: the user typed the address, so that redirects may lead to any host."""

    url: str
    source: Source | None
    own: bool

    def redirected(self, url: str, location: str) -> str:
        """Where a redirect of `url` leads. Raises InputRefused unless it is safe, and leads to the same file."""
        import httpx

        try:
            target = httpx.URL(url).join(location)
            address = str(target)
            urlsplit(address)
        except (httpx.InvalidURL, ValueError) as error:
            raise self._lost() from error
        if target.path.startswith(LICENCE_PAGE):
            raise self.gated()
        if not location:
            raise self.refused("the server redirects without saying where to")
        local = target.scheme == "http" and is_local(address) and is_local(url)
        if target.scheme != "https" and not local:
            raise self.refused("the server redirects to an address that is not encrypted")
        if self.source is not None and not self.own:
            if not within(target.host, self.source.hosts):
                raise self.refused(
                    f"the server redirects to {target.host}", f"That is no host of {self.source.title}"
                )
            if is_other_file(file_name(self.url), address):
                raise self.refused(
                    f"the server offers another file, {shown(address)}",
                    "A file taken for another edition makes wrong findings",
                )
        return address

    def status(self, response: httpx.Response, now: datetime) -> Exception:
        """What an answer without a file means: Again, or InputRefused where asking again cannot help."""
        status = response.status_code
        if status in _PASSING:
            return Again(f"the server answers {status}", _retry_after(response, now))
        if status in (404, 410):
            why = "CMS changes the names of its files with every release"
            return self.refused(f"the server has no such file ({status})", why)
        if status == 407:
            return self.refused("the proxy asks for a name and a password", mend="Give them with --proxy")
        if status in (401, 403):
            return self.refused(f"the server does not give the file to a program ({status})")
        return self.refused(f"the server answers {status}")

    def broken(self, error: httpx.TransportError) -> Exception:
        """What a failed connection means, as `status`."""
        import httpx

        if _by_certificate(error):
            return self.refused(
                "the server's certificate cannot be trusted",
                "Somebody else may be answering; a proxy that opens encrypted connections looks the same",
                "If your organisation runs such a proxy, name the file of its certificates in SSL_CERT_FILE",
            )
        if isinstance(error, httpx.ProxyError):
            if "407" in str(error):
                return self.refused("the proxy asks for a name and a password", mend="Give them with --proxy")
            return Again("the proxy refuses")
        if isinstance(error, httpx.TimeoutException):
            return Again("no answer in time")
        if isinstance(error, httpx.RemoteProtocolError) and "location" in str(error):
            return self._lost()
        return Again("no connection" if isinstance(error, httpx.ConnectError) else "the connection broke off")

    def _lost(self) -> InputRefused:
        return self.refused("the server redirects to something that is no address")

    def gated(self) -> InputRefused:
        """CMS wants its own question for the AMA's licence answered."""
        return self.refused(
            "CMS asks for the AMA's licence to be accepted by a click in the browser",
            "Only you can give that answer",
        )

    def page(self) -> InputRefused:
        """A page came instead of the file."""
        return self.refused(
            "a web page came instead of the file",
            "It may be CMS's licence page, which asks for a click, or the sign-in page of a proxy",
        )

    def too_large(self, limit: int) -> InputRefused:
        """More than `limit` bytes, which nothing of CMS's is."""
        return self.refused(f"it is larger than {limit:,} bytes", "It would fill the disk")

    def refused(self, what: str, why: str = "", mend: str = "") -> InputRefused:
        """An error at this address; without `mend` it says how to go on by hand."""
        return InputRefused(what, where=shown(self.url), why=why, mend=mend or how_by_hand(self.source))


def is_page(head: bytes) -> bool:
    """True when these first bytes are those of a web page."""
    return _PAGE.match(head) is not None


def content_range(response: httpx.Response) -> tuple[int, int | None]:
    """First byte and whole length that a partial answer states; -1 and None where it does not."""
    stated = response.headers.get("content-range", "").strip()
    match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", stated)
    if match is None:
        return -1, None
    return int(match[1]) if match[1] else -1, whole_number(match[2])


def whole_number(text: str | None) -> int | None:
    """A length as a header states it; None for none."""
    return int(text) if text and text.isdecimal() else None


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds that the server asks to wait: it names them, or a date."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _by_certificate(error: BaseException | None) -> bool:
    """True when a certificate that did not hold is behind an error."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None
