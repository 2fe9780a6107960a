"""The settings of a piece that nobody attends: archive, hours, visitors, status page."""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from appliance.service.hours import Hours, spans
from appliance.table import Table


class Archive(Table):
    """What is kept of all that was typed."""

    on: bool = Field(description="whether every character is kept")
    megabytes: int = Field(ge=1, le=100_000, description="most that it may take, oldest out first")


def _span(text: str) -> str:
    spans(text)
    return text


class Opening(Table):
    """When the piece is open, in local time."""

    week: dict[str, Annotated[str, AfterValidator(_span)]] = Field(
        description='hours by weekday, "10:00-18:00"; "" is closed; a day not named is open'
    )
    dates: dict[str, Annotated[str, AfterValidator(_span)]] = Field(
        description='other hours for single days, { 2026-12-24 = "10:00-14:00" }'
    )
    clock: Literal["auto", "always"] = Field(
        description='"auto": hours count only while the time can be believed; "always": at any time'
    )

    @model_validator(mode="after")
    def _days_exist(self) -> "Opening":
        self.hours()
        return self

    def hours(self) -> Hours:
        """Return the hours; HoursError if a day does not exist."""
        return Hours.read(self.week, self.dates)


class Visit(Table):
    """One visitor after the other."""

    ends_after: float = Field(
        ge=0, le=86_400, description="seconds without a touch until the opening mixture; 0: never"
    )
    countdown: float = Field(
        ge=0, le=600, description="seconds of it that are counted down on the screen; 0: none"
    )
    new_page: bool = Field(description="whether the next visitor finds a new page")

    @model_validator(mode="after")
    def _long_enough(self) -> "Visit":
        if 0 < self.countdown < 30:
            raise ValueError("a countdown takes at least 30 s, so that everybody can answer it")
        if self.countdown > self.ends_after:
            raise ValueError("the countdown cannot be longer than visit.ends_after")
        return self


class StatusPage(Table):
    """The page that tells the technician how the piece is."""

    host: str = Field(description='address to serve it on; "" serves none')
    port: int = Field(ge=0, le=65535, description="TCP port; 0: any free one")
    token: str = Field(description="word that is asked for beyond loopback; 12 letters or more")

    @model_validator(mode="after")
    def _guarded(self) -> "StatusPage":
        if self.host and not _on_loopback(self.host) and len(self.token) < 12:
            raise ValueError(
                "status.token must have 12 letters or more where status.host is beyond loopback"
            )
        return self


def _on_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
