"""What a server of this machine is asked from this machine: where it is reached, and its page."""

import http.client
import ipaddress
import json
import socket
from typing import Any

PATIENCE = 2.0  # seconds for an answer of the page
MOST = 1 << 20  # bytes of a page


def reachable(host: str) -> str:
    """Return an address at which a server that listens on `host` is reached from here.

    Only IPv4, as all that listens here; OSError for a name that nobody knows.
    """
    address = socket.gethostbyname(host)
    # A socket that listens everywhere cannot be addressed; here it is reached on loopback.
    return "127.0.0.1" if ipaddress.ip_address(address).is_unspecified else address


def ask_page(host: str, port: int, token: str) -> Any:
    """Return what /status.json of the engine's page says; None if it says nothing of use."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        connection.request("GET", "/status.json", headers=headers)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            return None
        return json.loads(answer.read(MOST))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
