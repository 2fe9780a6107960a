"""The warmer the machine, the wilder the text: its own thermometer as a control."""

from pathlib import Path

from pydantic import Field

from appliance.controls.control import Control, Event, Health, Shown
from appliance.settings import Table


class Fever(Control):
    """Reads a thermometer once a second; the temperature of the text follows."""

    class Settings(Table):
        """Which thermometer, and what is warm."""

        file: str = Field(default="/sys/class/thermal/thermal_zone0/temp", description="a file")
        cool: float = Field(default=40.0, description="degrees Celsius; it is wild 40 above")

    yields = True  # it is nobody's hand: attract may come meanwhile
    again, found = 0.0, Health("The thermometer is not read yet.")

    def poll(self, shown: Shown) -> list[Event]:
        """Return the temperature of the text, from 0 to 1."""
        if shown.now < self.again:
            return []
        self.again = shown.now + 1.0
        try:
            degrees = int(Path(self.settings.file).read_text(encoding="ascii")) / 1000
        except (OSError, ValueError) as error:
            self.found = Health(f"No thermometer ({error}): set fever.file.", well=False)
            return []
        self.found = Health(f"The machine has {degrees:.0f} degrees Celsius.")
        way = (degrees - self.settings.cool) / 40.0
        return [Event("temperature", min(1.0, max(0.0, way)), shown.now)]

    def health(self) -> Health:
        """Say what the thermometer says."""
        return self.found
