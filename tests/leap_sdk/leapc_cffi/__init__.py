"""A stand-in for the compiled module on which Ultraleap's Python bindings run.

It has the types and calls that the bindings touch while a hand is followed, in plain Python over
cffi's own memory, and takes its events from `libleapc.service`. What lies below, LeapC's real
library, its real layout in memory and its service, it does not touch.
"""

import importlib
from typing import Any

cffi: Any = importlib.import_module("cffi")  # what the bindings need too; without type stubs
ffi: Any = cffi.FFI()
ffi.cdef(
    """
    typedef void *LEAP_CONNECTION;
    typedef void *LEAP_DEVICE;
    typedef struct { uint32_t size; uint32_t flags; const char *server_namespace; }
        LEAP_CONNECTION_CONFIG;
    typedef struct { void *handle; uint32_t id; } LEAP_DEVICE_REF;
    typedef struct { uint32_t flags; } LEAP_CONNECTION_EVENT;
    typedef struct { uint32_t flags; LEAP_DEVICE_REF device; uint32_t status; } LEAP_DEVICE_EVENT;
    typedef struct { uint32_t status; LEAP_DEVICE hDevice; } LEAP_DEVICE_FAILURE_EVENT;
    typedef struct {
        uint32_t size; uint32_t status; uint32_t caps; uint32_t pid; uint32_t baseline;
        uint32_t serial_length; char *serial; float h_fov; float v_fov; uint32_t range;
    } LEAP_DEVICE_INFO;
    typedef union { float v[3]; struct { float x; float y; float z; }; } LEAP_VECTOR;
    typedef struct { LEAP_VECTOR position; } LEAP_PALM;
    typedef struct { uint32_t id; float pinch_strength; LEAP_PALM palm; } LEAP_HAND;
    typedef struct { void *reserved; int64_t frame_id; int64_t timestamp; } LEAP_FRAME_HEADER;
    typedef struct {
        LEAP_FRAME_HEADER info; int64_t tracking_frame_id; uint32_t nHands; LEAP_HAND *pHands;
        float framerate;
    } LEAP_TRACKING_EVENT;
    typedef struct {
        uint32_t size; uint32_t type; uint32_t device_id;
        union {
            const void *pointer;
            const LEAP_CONNECTION_EVENT *connection_event;
            const LEAP_CONNECTION_EVENT *connection_lost_event;
            const LEAP_DEVICE_EVENT *device_event;
            const LEAP_DEVICE_FAILURE_EVENT *device_failure_event;
            const LEAP_TRACKING_EVENT *tracking_event;
        };
    } LEAP_CONNECTION_MESSAGE;
    """
)

# Names as in LeapC.h; the numbers that nothing here compares are any.
RESULTS = [
    "Success", "UnknownError", "InvalidArgument", "InsufficientResources", "InsufficientBuffer",
    "Timeout", "NotConnected", "HandshakeIncomplete", "BufferSizeOverflow", "ProtocolError",
    "InvalidClientID", "UnexpectedClosed", "UnknownImageFrameRequest", "RoutineIsNotSeer",
    "TimestampTooEarly", "ConcurrentPoll", "NotAvailable", "NotStreaming", "CannotOpenDevice",
]  # fmt: skip
EVENTS = {
    "None": 0, "Connection": 1, "ConnectionLost": 2, "Device": 3, "DeviceFailure": 4, "Policy": 5,
    "Tracking": 256, "ImageRequestError": 257, "ImageComplete": 258, "LogEvent": 259,
    "DeviceLost": 260, "ConfigResponse": 261, "ConfigChange": 262, "DeviceStatusChange": 263,
    "DroppedFrame": 264, "Image": 265, "PointMappingChange": 266, "TrackingMode": 267,
    "LogEvents": 268, "HeadPose": 269, "Eyes": 270, "IMU": 271,
}  # fmt: skip
UNNAMED = 999  # an event of a service that is newer than the bindings


class Library:
    """LeapC's functions; what they say comes from the service that a test has put here."""

    service: Any = None

    def __init__(self) -> None:
        for number, name in enumerate(RESULTS):
            setattr(self, f"eLeapRS_{name}", number)
        for name, number in EVENTS.items():
            setattr(self, f"eLeapEventType_{name}", number)
        self.eLeapTrackingMode_Desktop = 0
        self.eLeapRecordingFlags_Reading = 1
        self._kept: Any = None  # what the newest message points to

    def LeapCreateConnection(self, config: Any, connection: Any) -> int:  # noqa: N802  # LeapC's
        assert config.size == ffi.sizeof("LEAP_CONNECTION_CONFIG")
        connection[0] = ffi.cast("void *", 1)
        return 0

    def LeapDestroyConnection(self, connection: Any) -> None:  # noqa: N802  # as above
        assert connection == ffi.cast("void *", 1)

    def LeapOpenConnection(self, connection: Any) -> int:  # noqa: N802  # as above
        self.service.open += 1
        self.service.opened += 1
        return 0

    def LeapCloseConnection(self, connection: Any) -> None:  # noqa: N802  # as above
        self.service.open -= 1

    def LeapSetTrackingMode(self, connection: Any, mode: int) -> int:  # noqa: N802  # as above
        if self.service.refuses_mode:
            return RESULTS.index("NotConnected")
        self.service.modes.append({0: "Desktop"}[mode])
        return 0

    def LeapOpenDevice(self, reference: Any, device: Any) -> int:  # noqa: N802  # as above
        if reference.id not in self.service.serials:
            return RESULTS.index("CannotOpenDevice")
        device[0] = ffi.cast("void *", reference.id)
        return 0

    def LeapCloseDevice(self, device: Any) -> None:  # noqa: N802  # as above
        assert device

    def LeapGetDeviceInfo(self, device: Any, info: Any) -> int:  # noqa: N802  # as above
        serial = self.service.serials[int(ffi.cast("intptr_t", device))].encode() + b"\0"
        info.serial_length = len(serial)
        if info.serial:
            ffi.memmove(info.serial, serial, len(serial))
        return 0

    def LeapPollConnection(  # noqa: N802  # as above
        self, connection: Any, wait: int, message: Any
    ) -> int:
        said = self.service.next(wait / 1000)
        if self.service.refuses:
            return RESULTS.index(self.service.refuses)
        if said is None:
            return RESULTS.index("Timeout")
        message.type = EVENTS.get(said.name, UNNAMED)
        match said.name:
            case "Connection" | "ConnectionLost":
                self._kept = ffi.new("LEAP_CONNECTION_EVENT *")
            case "Device" | "DeviceLost":
                self._kept = ffi.new("LEAP_DEVICE_EVENT *")
                self._kept.device.id = said.device
            case "DeviceFailure":
                self._kept = ffi.new("LEAP_DEVICE_FAILURE_EVENT *")
            case "Tracking":
                self._kept = self._tracking(said)
        message.pointer = self._kept[0] if isinstance(self._kept, tuple) else self._kept
        return 0

    def _tracking(self, said: Any) -> tuple[Any, Any]:
        hands = ffi.new("LEAP_HAND[]", len(said.palms))
        for hand, (number, x, y, z, pinch) in zip(hands, said.palms, strict=True):
            hand.id, hand.pinch_strength = number, pinch
            hand.palm.position.v = (x, y, z)
        event = ffi.new("LEAP_TRACKING_EVENT *")
        event.info.timestamp, event.nHands, event.pHands = said.when, len(said.palms), hands
        return event, hands


libleapc = Library()
