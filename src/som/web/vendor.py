"""Refreshes the front-end files and fonts that others wrote, from npm, and checks them: `make vendor`.

`static/vendor/manifest.toml` names every file with its package, version, licence and checksum. To
take a new version, change the version there and run this. A package whose files stand elsewhere
names the folder: `folder`, from `som/web`.
"""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parent
FOLDER = WEB / "static" / "vendor"
MANIFEST = FOLDER / "manifest.toml"


def manifest() -> dict[str, Any]:
    """The manifest as read: packages, and the files taken from each."""
    return tomllib.loads(MANIFEST.read_text("utf-8"))


def checksum(path: Path) -> str:
    """The checksum of a file as the manifest writes it."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def _folder(package: dict[str, Any]) -> Path:
    return WEB / str(package.get("folder", "static/vendor"))


def faults() -> list[str]:
    """What differs between the manifest and its folders; nothing when all is well."""
    packages = manifest()["package"]
    named = {
        _folder(package) / file["name"]: file for package in packages for file in package["file"]
    }
    found = [f"{path.name} is missing" for path in named if not path.exists()]
    for path in sorted(path for folder in {*map(_folder, packages)} for path in folder.iterdir()):
        if path == MANIFEST:
            continue
        if path not in named:
            found.append(f"{path.name} stands in no package of the manifest")
        elif checksum(path) != named[path]["checksum"]:
            found.append(f"{path.name} differs from its checksum")
    return found


def icons_used() -> set[str]:
    """The icons that templates and tables of any stage name."""
    root = FOLDER.parents[2]
    found: set[str] = set()
    for path in root.rglob("*.html"):
        text = path.read_text("utf-8")
        found |= set(re.findall(r'{% icon "([a-z0-9-]+)"', text))
        found |= set(re.findall(r'\bicon(?:_name)?="([a-z0-9-]+)"', text))
    return found


def sprite(icons: dict[str, str]) -> str:
    """One SVG file with these icons as symbols, from each icon's own SVG."""
    symbols = []
    for name, svg in sorted(icons.items()):
        inner = re.sub(
            r"<!--.*?-->|</?svg[^>]*>|<path stroke=\"none\"[^>]*/>", "", svg, flags=re.DOTALL
        )
        inner = " ".join(inner.split())
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
            f' stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _fetched(name: str, version: str, folder: Path) -> tarfile.TarFile:
    subprocess.run(  # noqa: S603 - names and versions are the manifest's
        [  # noqa: S607 - npm is where the system has it
            "npm",
            "pack",
            "--silent",
            f"{name}@{version}",
        ],
        cwd=folder,
        check=True,
        timeout=300,
        stdout=subprocess.DEVNULL,
    )
    archive = next(folder.glob("*.tgz"))
    content = io.BytesIO(archive.read_bytes())
    archive.unlink()
    return tarfile.open(fileobj=content)


def refresh() -> None:
    """Fetch every package of the manifest, write its files, and write their checksums down."""
    text = MANIFEST.read_text("utf-8")
    with tempfile.TemporaryDirectory() as temporary:
        for package in manifest()["package"]:
            archive = _fetched(package["name"], package["version"], Path(temporary))

            def read(path: str, archive: tarfile.TarFile = archive) -> bytes:
                member = archive.extractfile(f"package/{path}")
                if member is None:
                    raise FileNotFoundError(path)
                return member.read()

            for file in package["file"]:
                if "icons" in file:
                    icons = {
                        name: read(f"{file['from']}/{name}.svg").decode() for name in file["icons"]
                    }
                    content = sprite(icons).encode()
                else:
                    content = read(file["from"])
                target = _folder(package) / file["name"]
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(content)
                text = re.sub(
                    rf'(name = "{re.escape(file["name"])}".*?checksum = ")[^"]*(")',
                    rf"\g<1>{checksum(target)}\g<2>",
                    text,
                    count=1,
                    flags=re.DOTALL,
                )
    MANIFEST.write_text(text, "utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        refresh()
    if found := faults():
        sys.exit("\n".join(found))
