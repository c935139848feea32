"""Unpack the needed part of a published wheel's jars into a Maven output folder.

usage: unpack_wheel.py CACHE OUTPUT MODULE

MODULE holds requirements.txt (one pinned wheel with its SHA-256) and content.txt (globs of the entries to keep, `!` excludes).
The wheel is downloaded once into CACHE, which outlives `mvn clean`; a copy whose hash differs is downloaded again. OUTPUT is
rewritten only when the wheel's hash or content.txt has changed, so an ordinary build costs a few milliseconds and no network.
"""

import fnmatch
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def cached(cache, expected):
    return next((path for path in sorted(cache.glob("*.whl")) if sha256(path) == expected), None)


def download(cache, requirements):
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--no-cache-dir", "--require-hashes", "--only-binary=:all:",
                   "--platform", "manylinux1_x86_64", "--platform", "manylinux2010_x86_64",
                   "--requirement", str(requirements), "--dest", folder]
        if subprocess.call(command) != 0:
            sys.exit(f"Cannot download the wheel of {requirements}: pip failed, check the network and the hash")
        for path in Path(folder).iterdir():
            path.replace(cache / path.name)


def entries(wheel):
    """Yields (name, bytes) of every file in every jar of the wheel."""
    with zipfile.ZipFile(wheel) as outer:
        for jar_name in sorted(name for name in outer.namelist() if name.endswith(".jar")):
            with zipfile.ZipFile(io.BytesIO(outer.read(jar_name))) as jar:
                for name in jar.namelist():
                    if not name.endswith("/"):
                        yield name, jar


def main(cache, output, module):
    requirements = module / "requirements.txt"
    content = module / "content.txt"
    pinned = re.search(r"--hash=sha256:([0-9a-f]{64})", requirements.read_text(encoding="utf-8"))
    if pinned is None:
        sys.exit(f"Cannot read {requirements}: no --hash=sha256: found, pin the wheel by its hash")
    expected = pinned.group(1)
    rules = [line for line in content.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    include = [rule for rule in rules if not rule.startswith("!")]
    exclude = [rule[1:] for rule in rules if rule.startswith("!")]

    stamp = hashlib.sha256("\n".join([expected, *rules]).encode()).hexdigest()
    stamp_file = output / "META-INF" / f"{module.name}-wheel.stamp"
    if stamp_file.is_file() and stamp_file.read_text(encoding="utf-8") == stamp:
        return

    wheel = cached(cache, expected)
    if wheel is None:
        print(f"{module.name}: downloading its wheel into {cache}", flush=True)
        download(cache, requirements)
        wheel = cached(cache, expected)
        if wheel is None:
            sys.exit(f"Cannot find a wheel with SHA-256 {expected} in {cache} after the download, check requirements.txt")

    shutil.rmtree(output, ignore_errors=True)
    for name, jar in entries(wheel):
        kept = any(fnmatch.fnmatchcase(name, rule) for rule in include)
        if kept and not any(fnmatch.fnmatchcase(name, rule) for rule in exclude):
            target = output.joinpath(*name.split("/"))
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(jar.read(name))
    stamp_file.parent.mkdir(parents=True, exist_ok=True)
    stamp_file.write_text(stamp, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
