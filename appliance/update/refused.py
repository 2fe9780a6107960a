"""Why an update is not taken."""


class Refused(Exception):  # noqa: N818  # a refusal is no error of this program
    """A bundle that is not taken, or a wish that is not granted; the message is one sentence."""


class NotNeeded(Refused):
    """A bundle that a stick may carry for ever: nothing is wrong with it."""
