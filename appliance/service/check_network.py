"""Whether those who shall play from beyond this machine are let in: by the engine, by its unit."""

from collections.abc import Mapping

from appliance.service.checks import Check, Severity
from appliance.settings import Settings

NAME = "network"
UNIT_ALLOWS = "IPAddressAllow"
NEAR = (
    "127.",
    "::1/",
)  # what a unit that lets nobody else in allows, see systemd.resource-control(5)


def check_network(settings: Settings, engine: Mapping[str, str]) -> list[Check]:
    """Look at what is asked for beyond loopback; `engine` is what systemd says of the unit."""
    osc = _beyond(settings.engine.host)
    page = bool(settings.status.host) and _beyond(settings.status.host)
    found = []
    if osc and not settings.engine.allow:
        said = "The engine listens to other machines (engine.host), and none may speak to it."
        remedy = 'Name them in the settings, such as engine.allow = ["192.168.1.0/24"].'
        found.append(Check(NAME, Severity.WARNING, said, remedy))
    allowed = engine.get(UNIT_ALLOWS, "").split()
    if (osc or page) and allowed and all(network.startswith(NEAR) for network in allowed):
        what = " and ".join(
            word for word, wanted in (("engine.host", osc), ("status.host", page)) if wanted
        )
        said = f"The engine's service is let speak to this machine alone, in spite of {what}."
        remedy = (
            "sudo systemctl edit appliance-engine: under [Service] IPAddressAllow=192.168.1.0/24 "
            "or whichever network it is; then restart."
        )
        found.append(Check(NAME, Severity.WARNING, said, remedy))
    return found


def _beyond(host: str) -> bool:
    return host != "localhost" and not host.startswith("127.")
