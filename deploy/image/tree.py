"""The root of the image: Debian from lists, the piece's own package, and files as they lie here."""

import shutil
import subprocess
from pathlib import Path

from deploy.deb.target import BuildError

HERE = Path(__file__).parent
FILES, BOOT = HERE / "files", HERE / "boot"
EARLY = "usr/share/initramfs-tools"
# Papers that nobody reads on an appliance; copyright files stay, as their licences ask.
LEFT_OUT = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/doc/*")
KEPT = "/usr/share/doc/*/copyright"
# What has to be done inside, once all packages are there.
INSIDE = """\
set -eu
useradd --create-home --shell /bin/bash --groups sudo technician
systemctl enable unsigned-love-data.service unsigned-love-doors.service
systemctl enable systemd-networkd.service systemd-timesyncd.service ssh.service
systemctl disable systemd-networkd-wait-online.service
systemctl mask systemd-networkd-persistent-storage.service
systemctl mask sshd-keygen.service getty@.service systemd-repart.service
systemctl mask apt-daily.timer apt-daily-upgrade.timer
systemctl mask dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
systemctl mask dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount
systemctl mask sys-kernel-debug.mount sys-kernel-tracing.mount proc-sys-fs-binfmt_misc.automount
rm -f /etc/ssh/ssh_host_*
ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
ln -sf /boot/firmware/settings.toml /etc/static-unsigned-love/settings.toml
echo unsigned-love >/etc/hostname
printf '127.0.0.1 localhost unsigned-love\\n::1 localhost\\n' >/etc/hosts
: >/etc/machine-id
mkdir -p /data /boot/firmware
"""


def packages(listed: str, arch: str) -> list[str]:
    """Read packages.list for a processor; BuildError for a line that is no package."""
    wanted = []
    for line in listed.splitlines():
        name, _, only = (part.strip() for part in line.partition("#")[0].partition(":"))
        if not name:
            continue
        if len(name.split()) != 1:
            raise BuildError(f"packages.list has a line that names no one package: {line!r}")
        if only in ("", arch):
            wanted.append(name)
    return wanted


def build_tree(deb: Path, suite: str, arch: str, root: Path, mirror: str | None = None) -> None:
    """Make the root below `root`, as root; BuildError where Debian's archive or a package fails."""
    if shutil.which("mmdebstrap") is None:
        raise BuildError("mmdebstrap makes the image: `sudo apt install mmdebstrap`")
    listed = packages((HERE / "packages.list").read_text(encoding="utf-8"), arch)
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--architectures={arch}"]
    command += [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
    command += [f"--dpkgopt=path-include={KEPT}", f"--include={','.join(listed)}"]
    command += [
        # Before the kernel comes, whose picture of the start is made but once.
        f'--essential-hook=mkdir -p "$1/{EARLY}"',
        f'--essential-hook=cp -a --no-preserve=ownership {FILES}/{EARLY}/. "$1/{EARLY}/"',
        f"--customize-hook=copy-in {deb} /tmp",
        f'--customize-hook=chroot "$1" apt-get install -y --no-install-recommends /tmp/{deb.name}',
        f'--customize-hook=rm "$1/tmp/{deb.name}"',
        f"--customize-hook=cp -a --no-preserve=ownership {FILES}/. $1/",
        '--customize-hook=chmod 0440 "$1/etc/sudoers.d/technician"',
        "--customize-hook=chroot \"$1\" sh -s <<'END'\n" + INSIDE + "END",
    ]
    command += [suite, str(root), *([mirror] if mirror else [])]
    if subprocess.run(command, check=False).returncode:
        raise BuildError("mmdebstrap could not make the root: what it says stands above")
