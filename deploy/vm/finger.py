"""Run inside the machine as root: a touch screen that is a program, and one finger on it.

Each argument is a drag, `X,Y,X,Y` in parts of the screen from where to where. Names and numbers are
the kernel's: linux/uinput.h, linux/input-event-codes.h, Documentation/input/multi-touch-protocol.
"""

import fcntl
import struct
import sys
import time
from pathlib import Path

SET_EVENT, SET_KEY, SET_ABSOLUTE, SET_PROPERTY = 0x40045564, 0x40045565, 0x40045567, 0x4004556E
SETUP, SETUP_ABSOLUTE, CREATE = 0x405C5503, 0x401C5504, 0x5501
EV_SYN, EV_KEY, EV_ABS, BTN_TOUCH, DIRECT = 0, 1, 3, 0x14A, 1
ABS_X, ABS_Y, SLOT, MT_X, MT_Y, TRACKING = 0x00, 0x01, 0x2F, 0x35, 0x36, 0x39
RANGE = 4095
NOTICED = 30.0  # seconds that a slow stage may take to notice a screen
STEPS, STEP = 12, 0.5  # of a drag, and seconds for each


def main(drags: list[str]) -> None:
    """Plug the screen in, drag, and take it out."""
    with Path("/dev/uinput").open("wb", buffering=0) as device:
        for request, numbers in (
            (SET_EVENT, (EV_KEY, EV_ABS)),
            (SET_KEY, (BTN_TOUCH,)),
            (SET_ABSOLUTE, (ABS_X, ABS_Y, SLOT, MT_X, MT_Y, TRACKING)),
            (SET_PROPERTY, (DIRECT,)),
        ):
            for number in numbers:
                fcntl.ioctl(device, request, number)
        for axis in (ABS_X, ABS_Y, MT_X, MT_Y, SLOT, TRACKING):
            most = 9 if axis in (SLOT, TRACKING) else RANGE
            fcntl.ioctl(
                device, SETUP_ABSOLUTE, struct.pack("HHiiiiii", axis, 0, 0, 0, most, 0, 0, 0)
            )
        fcntl.ioctl(device, SETUP, struct.pack("HHHH80sI", 3, 1, 1, 1, b"Finger", 0))
        fcntl.ioctl(device, CREATE)

        def say(*events: tuple[int, int, int]) -> None:
            told = (struct.pack("llHHi", 0, 0, *event) for event in (*events, (EV_SYN, 0, 0)))
            device.write(b"".join(told))

        time.sleep(NOTICED)
        for number, drag in enumerate(drags):
            x, y, to_x, to_y = (float(part) for part in drag.split(","))
            for step in range(STEPS + 1):
                part = step / STEPS
                at_x = round((x + (to_x - x) * part) * RANGE)
                at_y = round((y + (to_y - y) * part) * RANGE)
                down = [(EV_ABS, TRACKING, number), (EV_KEY, BTN_TOUCH, 1)] if step == 0 else []
                place = [(EV_ABS, axis, at_x) for axis in (MT_X, ABS_X)]
                place += [(EV_ABS, axis, at_y) for axis in (MT_Y, ABS_Y)]
                say((EV_ABS, SLOT, 0), *down, *place)
                time.sleep(STEP)
            say((EV_ABS, SLOT, 0), (EV_ABS, TRACKING, -1), (EV_KEY, BTN_TOUCH, 0))
            time.sleep(STEPS * STEP)


if __name__ == "__main__":
    main(sys.argv[1:])
