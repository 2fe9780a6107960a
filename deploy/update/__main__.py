"""Make a signed update of a Debian package that `make deb` has made.

The private key never lies in the tree: KEY is a file elsewhere, or a public key whose private half
an ssh-agent or a token holds.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.deb.__main__ import BUILD
from deploy.deb.target import BuildError
from deploy.update.make import make, release_of


def main(argv: list[str] | None = None) -> int:
    """Make one bundle and print where it lies; return an exit status."""
    parser = argparse.ArgumentParser(prog="make update", description=__doc__)
    parser.add_argument("deb", type=Path, help="the package that it is made of")
    parser.add_argument("--key", type=Path, required=True, help="the maker's key (OpenSSH)")
    args = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            print(make(release_of(args.deb, Path(scratch)), args.key, BUILD))
    except BuildError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError:
        print(f"ssh-keygen cannot sign with {args.key}: see above.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
