from appliance import wire
from appliance.controls.control import Control, Event, Health, Shown
from appliance.controls.hands import Hands
from appliance.stage.reports import REPORT_EVERY, Reports
from appliance.table import Table


class Box(Control):
    class Settings(Table):
        pass

    well = True
    value = 0

    def poll(self, shown: Shown) -> list[Event]:
        return []

    def health(self) -> Health:
        self.value += 1
        return Health(f"the box stands at {self.value}.", well=self.well)


def test_screen_and_controls_are_reported_every_few_seconds_and_when_they_change() -> None:
    box = Box(None)
    hands, reports = Hands({"box": box}), Reports()
    first = reports.due(hands, (True, "1280 x 800."), now=0.0)
    assert first == [
        wire.Report("screen", 1, "1280 x 800."),
        wire.Report("box", 1, "the box stands at 1."),
    ]
    assert reports.due(hands, (True, "1280 x 800."), now=REPORT_EVERY - 1) == []
    box.well = False
    [_, changed] = reports.due(hands, (True, "1280 x 800."), now=REPORT_EVERY)
    assert isinstance(changed, wire.Report)
    assert changed.well == 0
    assert len(reports.due(hands, (True, ""), now=REPORT_EVERY + 1)) == 0
    assert len(reports.due(hands, (True, "there"), now=2 * REPORT_EVERY)) == 2


def test_many_frames_ask_the_controls_once_a_second() -> None:
    box = Box(None)
    hands, reports = Hands({"box": box}), Reports()
    for i in range(60):
        reports.due(hands, (True, ""), now=i / 60)
    assert box.value == 1
