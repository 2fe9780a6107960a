"""Updates, tried on the machine: those that are refused, one that works, and those that do not."""

import json
from pathlib import Path

from deploy.nspawn.machine import Machine, NeverError
from deploy.nspawn.table import Table
from deploy.update import stand_ins

BUNDLES = "/media/updates"  # inside
TRIAL = "var/lib/static-unsigned-love-updates/trial.json"
WORKS = "90.0.0"
SERVICES = ("engine", "stage")
# The least proof that there can be: two frames that the stage tells of. And how long it may take.
PROOF = ("--proof", "20", "--within", "90")
PATIENCE = 300.0  # seconds for a verdict: that, a restart, and a loaded machine
REFUSED = {"unsigned": "not signed", "torn": "torn", "other-processor": "processors"}
FAIL = {
    "engine-crashes": "whose engine crashes",
    "engine-crashes-later": "whose engine crashes a little later",
    "engine-hangs": "whose engine hangs",
    "stage-shows-nothing": "whose stage shows nothing",
}


class Updates:
    """Tries updates on a machine that has the bundles and plays the package's release."""

    def __init__(self, machine: Machine, table: Table, release: str) -> None:
        self._machine, self._table, self._release = machine, table, release

    def try_all(self) -> None:
        """Try them in turn, and end with the package's release in force."""
        attempt = self._table.attempt
        attempt("updates that nobody may bring are refused", self.refuses)
        attempt("an update that works is kept", self.keeps)
        attempt("back to the release before, by hand", self.goes_back)
        for bundle, what in FAIL.items():
            attempt(f"an update {what} goes", self.returns, bundle)
        attempt("a power cut in the trial: the old one returns", self.returns_after_cuts)

    def refuses(self) -> str:
        """Bring bundles that must not be taken; each says why in one sentence."""
        self._refused("works", "trusted")
        self._machine.inside("appliance", "update", "--trust", f"{BUNDLES}/key.pub")
        for bundle, word in REFUSED.items():
            self._refused(bundle, word)
        assert self._in_force() == self._release, f"{self._in_force()} is in force"
        return f"of an unknown key, {', '.join(REFUSED)}: {1 + len(REFUSED)} of {1 + len(REFUSED)}"

    def keeps(self) -> str:
        """Take one that works, and wait for the verdict."""
        took = self._try("works")
        assert self._last() == "kept", f"it says {self._last()}"
        assert self._in_force() == WORKS, f"{self._in_force()} is in force"
        version = self._machine.inside("appliance", "--version").split()[1]
        assert version == WORKS, f"version {version} runs"
        return f"release {version}, after {took:.0f} s of trial"

    def returns(self, bundle: str) -> str:
        """Take one that does not work, and wait until the release before plays again."""
        took = self._try(bundle)
        self._plays_before()
        return f"release {self._release} plays again after {took:.0f} s"

    def returns_after_cuts(self) -> str:
        """Cut the power in the midst of two trials of one update."""
        machine = self._machine
        machine.inside("appliance", "update", *PROOF, f"{BUNDLES}/engine-hangs.update")
        assert (machine.root / TRIAL).exists(), "nothing is on trial"
        cuts = 0
        while (machine.root / TRIAL).exists():
            assert cuts < 4, f"after {cuts} power cuts it is still on trial"
            machine.cut()
            cuts += 1
            machine.boot()
            machine.until("the watch has begun", self._watch_has_begun)
        self._plays_before()
        return f"release {self._release} plays again after {cuts} power cuts"

    def goes_back(self) -> str:
        """Return to the package's release."""
        machine = self._machine
        machine.inside("appliance", "update", "--back")
        machine.until("both are ready", self._both_ready)
        assert self._in_force() == self._release, f"{self._in_force()} is in force"
        return f"release {self._release} is in force"

    def _try(self, bundle: str) -> float:
        machine = self._machine
        machine.inside("systemctl", "reset-failed")
        machine.inside("appliance", "update", *PROOF, f"{BUNDLES}/{bundle}.update")
        took = machine.until(
            "there is a verdict", lambda: not (machine.root / TRIAL).exists(), patience=PATIENCE
        )
        machine.until("both are ready", self._both_ready)
        return took

    def _plays_before(self) -> None:
        self._machine.until("both are ready", self._both_ready)
        assert self._last() == "returned", f"it says {self._last()}"
        assert self._in_force() == self._release, f"{self._in_force()} is in force"

    def _refused(self, bundle: str, word: str) -> None:
        said = ""
        try:
            self._machine.inside("appliance", "update", f"{BUNDLES}/{bundle}.update")
        except NeverError as error:
            said = str(error)
        assert word in said, (
            f"{bundle}.update was {f'refused otherwise: {said}' if said else 'taken'}"
        )

    def _watch_has_begun(self) -> bool:
        machine = self._machine
        counted = machine.show("appliance-trial.service", "ActiveEnterTimestampMonotonic") != "0"
        skipped = machine.show("appliance-trial.service", "ConditionResult") == "no"
        return counted or (skipped and self._both_ready())

    def _both_ready(self) -> bool:
        show = self._machine.show
        states = {show(f"appliance-{service}.service", "ActiveState") for service in SERVICES}
        return (
            states == {"active"} and show("appliance-fallback.service", "ActiveState") == "inactive"
        )

    def _status(self) -> dict[str, object]:
        said = self._machine.inside("appliance", "update", "--status", "--json")
        status: dict[str, object] = json.loads(said)
        return status

    def _in_force(self) -> str:
        return str(self._status()["in_force"])

    def _last(self) -> str:
        last = self._status()["last"]
        return str(last["kind"]) if isinstance(last, dict) else "nothing"


def bundles(package: Path, folder: Path) -> None:
    """Make the bundles of a package; takes a minute."""
    stand_ins.main(str(package), str(folder))
