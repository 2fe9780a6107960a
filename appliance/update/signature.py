"""Who made a bundle: OpenSSH's signatures, made and checked by `ssh-keygen -Y`.

A signature holds for this purpose alone, since it names a namespace, and the key may live in an
agent or on a token. The keys that a site trusts are lines of one file, see ALLOWED SIGNERS in
ssh-keygen(1).
"""

import base64
import os
import subprocess
import tempfile
from pathlib import Path

from appliance.files import replace_file
from appliance.update.bundle import torn
from appliance.update.refused import Refused

KEYS = Path("/etc/static-unsigned-love/update-keys")
NAMESPACE = "static-unsigned-love-update"
WHO = "maker"
KINDS = ("ssh-ed25519", "sk-ssh-ed25519@openssh.com")
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
PATIENCE = 60.0  # seconds for one check
HEADER = """\
# Whose updates this piece takes: one key a line, see ALLOWED SIGNERS in ssh-keygen(1).
# `sudo appliance update --trust KEY.pub` adds one; take a line away, and it is trusted no more.
"""


def check(signature: bytes, manifest: bytes, keys: Path, name: str) -> None:
    """Check that somebody whom the site trusts has signed these bytes; Refused if not."""
    if not signature:
        raise Refused(f"{name} is not signed: take updates from its maker alone")
    trusted = _lines(keys)
    if not trusted:
        raise Refused(
            f"nobody's updates are trusted here yet: `sudo appliance update --trust KEY.pub` with "
            f"the key of whoever made {name}"
        )
    with tempfile.TemporaryDirectory(prefix="update-") as folder:
        # Whoever checks is nobody, who must be able to read this and nothing else.
        place = Path(folder)
        place.chmod(0o755)
        for file, text in (("keys", "\n".join(trusted) + "\n"), ("sig", armoured(signature))):
            (place / file).write_text(text, encoding="utf-8")
            (place / file).chmod(0o644)
        read = ("-s", str(place / "sig"))
        by = _keygen("check-novalidate", *read, said=manifest)
        if by is None:
            raise torn(name)
        known = ("-f", str(place / "keys"), "-I", WHO)
        if _keygen("verify", *known, *read, said=manifest) is not None:
            return
    raise Refused(
        f"{name} is signed by a key that is not trusted here ({by.split()[-1]}): if you know whose "
        "it is, `sudo appliance update --trust KEY.pub`"
    )


def trust(key: Path, keys: Path) -> str:
    """Trust a maker's public key from now on; return it, shortened. Refused if it is none."""
    try:
        words = key.read_text(encoding="utf-8").split("\n", 1)[0].split()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{key} cannot be read ({error})") from None
    if len(words) < 2 or words[0] not in KINDS:
        raise Refused(f"{key} is no public key of Ed25519, such as `ssh-keygen -t ed25519` makes")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as alone:
        alone.write(" ".join(words[:2]) + "\n")
        alone.flush()
        told = subprocess.run(
            ["ssh-keygen", "-l", "-f", alone.name],  # noqa: S607  # wherever OpenSSH lies
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    if told.returncode:
        raise Refused(f"{key} is no public key that can be used")
    lines = _lines(keys)
    if not any(words[1] in line.split() for line in lines):
        comment = " ".join(words[2:])
        lines.append(f'{WHO} namespaces="{NAMESPACE}" {words[0]} {words[1]} {comment}'.rstrip())
        keys.parent.mkdir(parents=True, exist_ok=True)
        replace_file(keys, (HEADER + "".join(f"{line}\n" for line in lines)).encode())
        keys.chmod(0o644)
    return told.stdout.split()[1]


def sign(manifest: bytes, key: Path) -> bytes:
    """Sign bytes with a private key, or with its agent where `key` is the public one."""
    said = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key)],  # noqa: S607  # as above
        input=manifest,
        stdout=subprocess.PIPE,
        check=True,
    )
    body = said.stdout.decode("ascii").partition(BEGIN)[2].partition(END)[0]
    return base64.b64decode("".join(body.split()), validate=True)


def armoured(signature: bytes) -> str:
    """Return a signature as ssh-keygen reads it."""
    body = base64.b64encode(signature).decode("ascii")
    lines = [body[at : at + 70] for at in range(0, len(body), 70)]
    return "\n".join((BEGIN, *lines, END, ""))


def _keygen(deed: str, *options: str, said: bytes) -> str | None:
    """Return what ssh-keygen finds good, or None; as nobody, where there is the right to be it."""
    root = os.geteuid() == 0
    try:
        done = subprocess.run(
            ["ssh-keygen", "-Y", deed, "-n", NAMESPACE, *options],  # noqa: S607  # as above
            input=said,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            user="nobody" if root else None,
            group="nogroup" if root else None,
            extra_groups=[] if root else None,
        )
    except subprocess.TimeoutExpired:
        return None
    except FileNotFoundError:
        raise Refused("ssh-keygen is missing: `sudo apt install openssh-client`") from None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


def _lines(keys: Path) -> list[str]:
    try:
        lines = keys.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{keys} cannot be read ({error})") from None
    return [line for line in lines if line.strip() and not line.startswith("#")]
