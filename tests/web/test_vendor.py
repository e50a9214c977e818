"""Files written by others are what their manifest says."""

from __future__ import annotations

import pytest

from som.web import vendor


def test_every_file_agrees_with_its_checksum() -> None:
    assert vendor.faults() == [], "make vendor fetches them again"


@pytest.mark.parametrize("package", vendor.manifest()["package"], ids=lambda p: p["name"])
def test_every_package_has_version_licence_and_reason(package: dict[str, str]) -> None:
    assert package["version"]
    assert package["licence"]
    assert package["why"]


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    held = set((vendor.FOLDER / "icons.svg").read_text("utf-8").split('id="')[1:])
    names = {text.split('"')[0] for text in held}
    wanted = vendor.icons_used()
    assert wanted <= names, f"add to static/vendor/manifest.toml: {wanted - names}"


def test_a_sprite_holds_only_the_drawing() -> None:
    drawn = '<!-- x -->\n<svg>\n  <path stroke="none" d="M0 0h24"/>\n  <path d="M1 1" />\n</svg>'
    assert vendor.sprite({"dot": drawn}).count("<path") == 1
