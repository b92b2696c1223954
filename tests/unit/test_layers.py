"""The layers hold, and the contracts that say so can fail."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = ("-c", "from importlinter.cli import lint_imports_command as run; run(['--no-cache'])")
HEAVY = {
    "torch", "transformers", "xllamacpp", "numpy", "accelerate", "tokenizers", "sentencepiece", "tiktoken",
    "safetensors", "gguf", "bitsandbytes",
}  # fmt: skip
WORKERS_MAY_IMPORT = {"PySide6.QtCore"}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *LINT], cwd=folder, capture_output=True, text=True)


def pyside_modules(source: str) -> set[str]:
    """The modules of PySide6 that a source imports, however it spells it and wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "PySide6"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "PySide6":
            if node.module == "PySide6":
                found |= {f"PySide6.{alias.name}" for alias in node.names}
            else:
                found.add(str(node.module))
    return found


def test_every_contract_is_kept():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("core/cancel.py", "import app.storage", "Layers"),
        ("storage/__init__.py", "import app.model", "Layers"),
        ("core/cancel.py", "import psutil", "core is standard library only"),
        ("model/__init__.py", "from PySide6 import QtCore", "No Qt below workers"),
        ("ui/theme.py", "import apsw", "SQL lives in storage"),
        ("model/__init__.py", "def late():\n    import xllamacpp", "Heavy libraries"),
        ("model/library.py", "from app.model.glm.cache import KvCache", "Of model.glm only"),
        ("model/library.py", "from app.model.glm.config import read_config", "Of model.glm only"),
        ("model/glm/config_fields.py", "def late():\n    import torch", "model.glm.config"),
    ],
)
def test_an_offending_import_is_found(tmp_path, module, line, broken):
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    offender = tmp_path / "app" / module
    offender.write_text(offender.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    result = lint(tmp_path)
    assert result.returncode != 0
    verdicts = [row for row in result.stdout.splitlines() if row.startswith(broken)]
    assert any(" BROKEN" in row for row in verdicts), result.stdout


def test_neither_the_window_nor_the_library_waits_for_a_heavy_library():
    code = (
        "import sys, app.parts, app.main, app.cli.ask, app.cli.bench, app.model.library, app.model.doctor,"
        " app.model.engine_child, app.model.torch_folder, app.model.glm.config_hf,"
        " app.model.glm.config_official;"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")


def test_every_heavy_library_is_named_in_the_contracts():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    heavy = [c for c in contracts["contracts"] if "torch" in c.get("forbidden_modules", ())]
    assert len(heavy) == 3
    assert all({*c["forbidden_modules"]} >= HEAVY for c in heavy)


def test_workers_know_qtcore_only():
    sources = sorted((ROOT / "app" / "workers").rglob("*.py"))
    assert sources
    for path in sources:
        assert pyside_modules(path.read_text(encoding="utf-8")) <= WORKERS_MAY_IMPORT, path.name


@pytest.mark.parametrize(
    "source",
    [
        "from PySide6 import QtWidgets",
        "import PySide6.QtGui",
        "from PySide6.QtGui import QColor",
        "def late():\n    from PySide6 import QtCore, QtNetwork",
    ],
)
def test_a_widget_in_a_worker_would_be_seen(source):
    assert not pyside_modules(source) <= WORKERS_MAY_IMPORT
