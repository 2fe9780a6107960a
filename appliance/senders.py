"""Who may speak to a socket that listens beyond loopback: this machine, and whom the site names."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

Network = IPv4Network | IPv6Network


def networks(allow: Iterable[str]) -> tuple[Network, ...]:
    """Return addresses and networks as they are written, e.g. "192.168.1.0/24"; may ValueError."""
    # A host's own bits beside a mask are no mistake: the network is meant.
    return tuple(ip_network(text, strict=False) for text in allow)


@lru_cache(maxsize=256)
def allowed(address: str, among: tuple[Network, ...]) -> bool:
    """Tell whether an address may speak: one of this machine always, others by their network."""
    try:
        sender = _plain(ip_address(address))
    except ValueError:
        return False
    return sender.is_loopback or any(sender in network for network in among)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    # A socket that hears both families writes 10.0.0.1 as ::ffff:10.0.0.1.
    return getattr(address, "ipv4_mapped", None) or address


def _network(text: str) -> str:
    try:
        networks([text])
    except ValueError:
        raise PydanticCustomError(
            "network", "value should be an address or a network, such as 192.168.1.0/24"
        ) from None
    return text


def _address(text: str) -> str:
    try:
        ip_address(text)
    except ValueError:
        raise PydanticCustomError(
            "address", "value should be an address, such as 127.0.0.1, or 0.0.0.0 for all"
        ) from None
    return text


def _at_the_engine(text: str) -> str:
    address = "127.0.0.1" if text == "localhost" else text
    try:
        there = IPv4Address(address)
        if there.is_loopback or there.is_unspecified:
            return address  # the name could lead to ::1, where no stage looks
    except ValueError:
        pass
    raise ValueError(
        f"{text or 'nothing'} is where the stage does not reach the engine: 0.0.0.0 is all of this "
        "machine's addresses, engine.allow names who is obeyed from beyond it, and 127.0.0.1 is "
        "this machine alone"
    )


Allow = list[Annotated[str, AfterValidator(_network)]]
EngineHost = Annotated[str, AfterValidator(_at_the_engine)]
Address = Annotated[str, AfterValidator(_address)]
