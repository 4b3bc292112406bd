"""The container recipes, checked as far as a machine without a container engine can."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mockserver.testing import recipes

from .conftest import Installed, command

FOLDER = Path(recipes.__file__).parent


@pytest.mark.clients
@pytest.mark.parametrize(
    ("file", "schema"), [("compose.yaml", "vendor.compose-spec"), ("github-actions.yml", "vendor.github-workflows")]
)
def test_a_recipe_follows_the_published_schema(python_with: Installed, file: str, schema: str) -> None:
    checker = python_with("check-jsonschema==0.39.0").with_name("check-jsonschema")
    done = subprocess.run(
        [checker, "--builtin-schema", schema, FOLDER / file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.clients
def test_the_python_recipe_fits_the_library(python_with: Installed, tmp_path: Path) -> None:
    interpreter = python_with("testcontainers==4.15.0", "mypy", "types-docker")
    shutil.copy(FOLDER / "testcontainers_python.py", tmp_path)
    for arguments in (("-c", "import testcontainers_python"), ("-m", "mypy", "--strict", "testcontainers_python.py")):
        done = subprocess.run([interpreter, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.clients
def test_the_node_recipe_fits_the_library(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "testcontainers_node.mjs", tmp_path)
    # Releases from 12 on need Node 22.
    (tmp_path / "package.json").write_text('{"private": true, "dependencies": {"testcontainers": "11.9.0"}}')
    install = ("npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts")
    command("typescript", *install, cwd=tmp_path)
    check = """
        const { startFlexprice } = await import("./testcontainers_node.mjs");
        const { GenericContainer, Wait } = await import("testcontainers");
        const made = new GenericContainer("flexprice-mock").withExposedPorts(8080).withEnvironment({ A: "b" });
        made.withWaitStrategy(Wait.forHttp("/health", 8080).forStatusCode(200));
        if (typeof startFlexprice !== "function") process.exit(1);
    """
    for arguments in (("--check", "testcontainers_node.mjs"), ("--input-type=module", "-e", check)):
        done = subprocess.run(["node", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_recipes_name_what_the_image_has() -> None:
    image = (Path(__file__).parents[2] / "Dockerfile").read_text(encoding="utf-8")
    assert "EXPOSE 8080" in image
    assert "HEALTHCHECK" in image
    for file in ("compose.yaml", "github-actions.yml", "testcontainers_python.py", "testcontainers_node.mjs"):
        text = (FOLDER / file).read_text(encoding="utf-8")
        assert "8080" in text
        assert "FLEXPRICE_MOCK_PROFILE" in text


def test_recipes_are_installed_with_the_package() -> None:
    names = {file.name for file in FOLDER.iterdir()}
    assert {"README.md", "compose.yaml", "github-actions.yml", "testcontainers_node.mjs"} <= names
