"""`dev.py` before anything is installed: what it decides, and that it never goes further than it must."""

import ast
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import platformdirs
import pytest

from app.locations import default_paths
from app.model import starter
from app.storage import pointer
from app.storage.pointer import Pointer
from tests.helpers.usual_folder import not_mac, put_usual_folder

ROOT = Path(__file__).resolve().parents[2]
TORCH = ROOT / "requirements" / "torch.txt"
LOCKS = sorted(set((ROOT / "requirements").glob("*.txt")) - {TORCH})


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """A `dev.py` of its own whose environment is a folder of the test, and which may start nothing."""
    spec = importlib.util.spec_from_file_location("dev_under_test", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "VENV_PYTHON", Path(sys.executable))
    monkeypatch.setattr(module, "STAMP", venv / "teahouse-setup.json")
    monkeypatch.setattr(module, "can_use_apt", lambda: False)
    monkeypatch.setenv("TEAHOUSE_MODELS_DIR", str(tmp_path / "models"))
    return module


@pytest.fixture
def commands(dev, monkeypatch):
    """The commands that `dev.py` would have run; each succeeds without doing anything."""
    seen = []

    def note(command):
        seen.append([str(part) for part in command])
        return ""

    monkeypatch.setattr(dev, "run_quietly", note)
    monkeypatch.setattr(dev, "has_module", lambda name: True)  # as in most Pythons; not in Debian's
    return seen


@pytest.fixture
def handed_over(dev, monkeypatch):
    """What `dev.py` would have become."""
    seen = []

    def note(words):
        seen.append(list(words))
        return 0

    monkeypatch.setattr(dev, "hand_over", note)
    for step in ("ensure_packages", "ensure_system", "ensure_starter"):
        monkeypatch.setattr(dev, step, lambda *_: None)
    return seen


def test_it_imports_nothing_that_must_be_installed_first():
    imported = set()
    for node in ast.walk(ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert imported - sys.stdlib_module_names == {"app"}
    clean = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import app.model.starter",
    ]
    assert subprocess.run(clean, capture_output=True).returncode == 0


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_files_name_no_address_and_hash_everything(lock):
    text = lock.read_text(encoding="utf-8")
    assert text.isascii()
    for forbidden in ("://", "/opt", "file:", "index-url", "find-links", " @ "):
        assert forbidden not in text
    requirements = [line for line in text.splitlines() if not line.startswith(" ")]
    assert all("==" in line and line.endswith("\\") for line in requirements)
    assert text.count("--hash=sha256:") >= len(requirements)


def test_lock_files_agree_with_each_other():
    known = {}
    for lock in LOCKS:
        versions = {}  # a name may have a version for older and one for newer Pythons
        for line in lock.read_text(encoding="utf-8").splitlines():
            if "==" in line and not line.startswith(" "):
                name, _, version = line.partition("==")
                versions.setdefault(name, set()).add(version)
        for name, found in versions.items():
            assert known.setdefault(name, found) == found, name
    assert "pyside6-essentials" in known


def test_torch_stands_outside_the_locks_and_its_needs_stand_in_them():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = TORCH.read_text(encoding="utf-8").strip()
    assert pinned in project["project"]["dependencies"]
    (solved_for,) = project["tool"]["uv"]["dependency-metadata"]
    assert f"{solved_for['name']}=={solved_for['version']}" == pinned
    for lock in LOCKS:
        text = lock.read_text(encoding="utf-8")
        names = {line.partition("==")[0] for line in text.splitlines() if "==" in line and line[0] != " "}
        assert not [name for name in names if name.startswith(("torch", "nvidia", "cuda", "triton"))]
        assert {"filelock", "typing-extensions", "sympy", "mpmath", "networkx", "jinja2", "fsspec"} <= names


def test_a_finished_setup_starts_no_process(dev, commands):
    locks = {name: dev.lock_digest(name) for name in (*dev.LOCKS["dev"], "torch.txt")}
    dev.write_stamp(python=dev.python_identity(), locks=locks)
    dev.ensure_packages("dev")
    dev.ensure_packages("app")
    assert commands == []


def test_a_changed_lock_is_installed_and_remembered(dev, commands):
    dev.write_stamp(python=dev.python_identity(), locks={"app.txt": "of yesterday"})
    dev.ensure_packages("app")
    assert len(commands) == 2
    assert "--require-hashes" in commands[0]
    assert dev.read_stamp()["locks"] == {name: dev.lock_digest(name) for name in ("app.txt", "torch.txt")}
    dev.ensure_packages("app")
    assert len(commands) == 2


def test_torch_is_installed_when_all_that_it_needs_is_there(dev, commands):
    dev.ensure_packages("app")
    locked, torch = commands[-2:]
    assert "--no-deps" in locked
    assert not any("torch.txt" in word for word in locked)
    assert torch[-1].endswith("torch.txt")
    assert "--require-hashes" not in torch


def test_another_python_gets_a_new_environment(dev, commands):
    dev.write_stamp(python={**dev.python_identity(), "version": "3.11.0"}, locks={})
    dev.ensure_packages("app")
    assert "venv" in commands[0]
    assert "--clear" in commands[0]


def test_a_failed_installation_is_not_remembered(dev, monkeypatch):
    def fail(command):
        raise dev.SetupError("no network")

    monkeypatch.setattr(dev, "run_quietly", fail)
    dev.write_stamp(python=dev.python_identity(), locks={})
    with pytest.raises(dev.SetupError):
        dev.ensure_packages("app")
    assert dev.read_stamp()["locks"] == {}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"locks": 3}'])
def test_a_damaged_stamp_counts_as_none(dev, content):
    dev.STAMP.write_text(content, encoding="utf-8")
    assert dev.read_stamp() == {}


def test_without_ensurepip_the_pip_outside_fills_the_environment(dev, commands, monkeypatch):
    monkeypatch.setattr(dev, "has_module", lambda name: name in ("venv", "pip"))
    dev.make_venv()
    assert "--without-pip" in commands[0]
    assert commands[1][1:4] == ["-m", "pip", "--python"]


def test_without_anything_the_exact_command_is_told(dev, commands, monkeypatch):
    monkeypatch.setattr(dev, "has_module", lambda name: False)
    with pytest.raises(dev.SetupError, match=r"apt-get install python3\.\d+-venv"):
        dev.make_venv()
    assert commands == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks system libraries")
class TestSystemLibraries:
    def test_what_the_app_cannot_start_without_stops_the_setup(self, dev, monkeypatch, capsys):
        monkeypatch.setattr(dev, "can_load", lambda library: library != "libEGL.so.1")
        with pytest.raises(dev.SetupError):
            dev.ensure_system()
        assert "sudo apt-get install libegl1" in capsys.readouterr().out

    def test_what_only_a_window_needs_is_told_and_does_not_stop(self, dev, monkeypatch, capsys):
        monkeypatch.setattr(dev, "has_display", lambda: True)
        monkeypatch.setattr(dev, "has_cjk_font", lambda: True)
        monkeypatch.setattr(dev, "can_load", lambda library: library != "libxcb-cursor.so.0")
        dev.ensure_system()
        assert "sudo apt-get install libxcb-cursor0" in capsys.readouterr().out
        assert "libraries" not in dev.read_stamp()

    def test_root_on_debian_has_them_installed(self, dev, commands, monkeypatch):
        monkeypatch.setattr(dev, "can_use_apt", lambda: True)
        monkeypatch.setattr(dev, "can_load", lambda library: library != "libGL.so.1" or len(commands) == 2)
        monkeypatch.setattr(dev, "has_cjk_font", lambda: False)
        dev.ensure_system()
        assert commands[0] == ["apt-get", "update"]
        assert commands[1][-2:] == ["libgl1", "fonts-noto-cjk"]
        dev.ensure_system()
        assert len(commands) == 2


class TestStarter:
    @pytest.fixture
    def model(self, dev, monkeypatch):
        """A small file that counts as the starter model."""
        content = b"a model"
        monkeypatch.setattr(starter, "FILE_BYTES", len(content))
        monkeypatch.setattr(starter, "SHA256", hashlib.sha256(content).hexdigest())
        path = dev.models_folder() / starter.FILE_NAME
        path.parent.mkdir()
        path.write_bytes(content)
        return path

    def test_a_whole_one_is_not_fetched(self, dev, commands, model):
        dev.ensure_starter()
        assert commands == []
        assert dev.read_stamp()["starter"]["place"] == str(model)

    def test_it_is_hashed_once_and_again_when_it_changed(self, dev, commands, model, monkeypatch):
        hashed = []
        verify = starter.verify
        monkeypatch.setattr(starter, "verify", lambda path: hashed.append(path) or verify(path))
        dev.ensure_starter()
        dev.ensure_starter()
        assert len(hashed) == 1
        os.utime(model, ns=(1, 1))
        dev.ensure_starter()
        assert len(hashed) == 2

    def test_without_a_network_it_says_so_and_goes_on(self, dev, monkeypatch, capsys):
        def fail(command):
            raise dev.SetupError("no route to host")

        monkeypatch.setattr(dev, "run_quietly", fail)
        dev.ensure_starter()
        told = capsys.readouterr().out
        assert "no route to host" in told
        assert "starts without it" in told
        assert "starter" not in dev.read_stamp()


def test_the_models_folder_is_the_one_the_app_uses(dev, monkeypatch):
    monkeypatch.delenv("TEAHOUSE_MODELS_DIR")
    assert dev.models_folder() == platformdirs.user_data_path("Teahouse", appauthor=False) / "models"
    monkeypatch.setenv("XDG_DATA_HOME", str(Path("/somewhere/else")))
    assert dev.models_folder() == platformdirs.user_data_path("Teahouse", appauthor=False) / "models"


@not_mac
def test_the_models_folder_is_the_one_that_a_person_moved_it_to(dev, monkeypatch, tmp_path):
    usual = put_usual_folder(tmp_path / "share", monkeypatch) / "models"
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "share"))  # what a Windows without platformdirs tells
    assert dev.models_folder() == usual
    moved = tmp_path / "disk"
    pointer.change(usual.parent, lambda _: Pointer(models_dir=moved))
    assert dev.models_folder() == usual  # the disk is not there
    moved.mkdir()
    assert dev.models_folder() == moved == default_paths().models_dir
    (usual.parent / pointer.FILE_NAME).write_text("{")
    assert dev.models_folder() == usual


@pytest.mark.parametrize(
    ("display", "terminal", "words", "becomes"),
    [
        (True, False, [], ["-m", "app"]),
        (False, True, [], ["-m", "app", "ask"]),
        (False, False, [], ["-m", "app", "show-once"]),
        (False, False, ["--", "doctor", "--json"], ["-m", "app", "doctor", "--json"]),
    ],
)
def test_run_does_what_the_machine_can_show(dev, handed_over, monkeypatch, display, terminal, words, becomes):
    monkeypatch.setattr(dev, "has_display", lambda: display)
    monkeypatch.setattr(dev, "has_terminal", lambda: terminal)
    assert dev.main(["run", *words]) == 0
    assert handed_over == [becomes]


def test_an_offscreen_platform_is_no_display(dev, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not dev.has_display()


def test_arguments_of_test_go_to_pytest(dev, handed_over, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert dev.main(["test", "-k", "dev"]) == 0
    assert handed_over == [["-m", "pytest", "--numprocesses=2", "--dist=loadfile", "-k", "dev"]]
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


def test_every_program_of_a_verb_is_there(dev):
    programs = [task.program[0] for task in dev.TASKS.values() if task.program]
    assert [name for name in programs if name != "-m" and not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(("words", "status"), [([], 2), (["fly"], 2), (["--help"], 0)])
def test_a_wrong_call_exits_2_with_the_usage(words, status):
    result = subprocess.run([sys.executable, ROOT / "dev.py", *words], capture_output=True, text=True)
    assert result.returncode == status
    assert "usage: python3 dev.py VERB" in (result.stdout if status == 0 else result.stderr)


def test_a_failing_command_is_shown_in_full(dev):
    script = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    with pytest.raises(dev.SetupError, match=r"(?s)one.*two"):
        dev.run_quietly([sys.executable, "-c", script])


def test_the_stamp_is_readable_json(dev):
    dev.write_stamp(libraries={"libGL.so.1": "libgl1"})
    dev.write_stamp(locks={"app.txt": "x"})
    assert set(json.loads(dev.STAMP.read_text(encoding="utf-8"))) == {"libraries", "locks"}
