"""The workflows parse, name only what exists, and ask for no more than they need; nothing here runs them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import dev

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
REFERENCE = re.compile(r"\b(github|env|vars|secrets|matrix|needs|steps|inputs)\.([\w.-]+)")
SYSTEM_VARIABLES = {"GITHUB_ENV", "GITHUB_OUTPUT", "RUNNER_TEMP"}
GITHUB = {"ref", "ref_name", "token"}
"""Of the many facts of the run, those that are used here."""


def read(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    workflow["on"] = workflow.pop(True)  # YAML 1.1 reads the key `on` as a truth value
    return workflow


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def workflow(path):
    return read(path)


def jobs(workflow):
    return workflow["jobs"].items()


def steps(workflow):
    return [step for _, job in jobs(workflow) for step in job["steps"]]


def runs(workflow):
    return [step["run"] for step in steps(workflow) if "run" in step]


def texts(value):
    """Every text in a tree of lists and mappings."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [str(value)]


def references(job):
    found = []
    for text in texts(job):
        for expression in EXPRESSION.findall(text):
            found += REFERENCE.findall(expression)
    return found


def test_both_are_there():
    assert [path.name for path in FILES] == ["check.yml", "release.yml"]


def test_a_release_begins_with_a_tag_and_nothing_else():
    assert read(FOLDER / "release.yml")["on"] == {"push": {"tags": ["v*"]}}


def test_every_job_is_bounded(workflow):
    assert "concurrency" in workflow
    for name, job in jobs(workflow):
        assert 0 < job["timeout-minutes"] <= 120, name
        assert isinstance(job["runs-on"], str), name


def test_nothing_runs_on_a_moving_system(workflow):
    for name, job in jobs(workflow):
        assert "latest" not in " ".join(texts([job["runs-on"], job.get("strategy", {})])), name


def test_only_the_job_that_drafts_the_release_may_write(workflow):
    assert workflow["permissions"] in ({}, {"contents": "read"})
    writing = {name for name, job in jobs(workflow) if "write" in texts(job.get("permissions", {}))}
    assert writing <= {"draft"}
    for name, job in jobs(workflow):
        assert set(job.get("permissions", {"contents": ""})) == {"contents"}, name


def test_the_token_is_not_left_in_the_checkout(workflow):
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_actions_are_pinned_by_commit_and_say_which_version_that_is(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert re.search(r"uses: actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_action_has_one_pin_everywhere():
    pins = {}
    for path in FILES:
        for name, pin in re.findall(r"uses: (\S+)@(.+)", path.read_text(encoding="utf-8")):
            assert pins.setdefault(name, pin) == pin


def test_what_is_needed_exists(workflow):
    for name, job in jobs(workflow):
        needed = job.get("needs", [])
        for other in [needed] if isinstance(needed, str) else needed:
            assert other in workflow["jobs"], f"{name} needs {other}"


def test_every_reference_leads_somewhere(workflow):
    told = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
    for name, job in jobs(workflow):
        known = {step["id"] for step in job["steps"] if "id" in step}
        matrix = job.get("strategy", {}).get("matrix", {})
        rows = matrix.get("include", [matrix])
        for context, what in references(job):
            first = what.partition(".")[0]
            if context == "github":
                assert first in GITHUB, what
            elif context in ("secrets", "vars"):
                assert f"`{first}`" in told, f"{what} is not in docs/releasing.md"
            elif context == "matrix":
                assert all(first in row for row in rows), f"{name}: {what}"
            elif context == "steps":
                assert first in known, f"{name}: {what}"
            else:
                pytest.fail(f"{name} uses {context}.{what}, which is not looked at here")


def test_every_secret_that_is_told_is_used():
    told = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", told, re.MULTILINE))
    used = set()
    for path in FILES:
        for _, job in jobs(read(path)):
            used |= {what for context, what in references(job) if context in ("secrets", "vars")}
    assert listed == used


def test_nothing_of_the_outside_is_put_into_a_script(workflow):
    for script in runs(workflow):
        assert "${{" not in script


def test_scripts_are_for_bash_on_all_systems_and_have_its_syntax(workflow):
    assert workflow["defaults"]["run"]["shell"] == "bash"
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    for script in runs(workflow):
        checked = subprocess.run([bash, "-n"], input=script, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr


def test_every_variable_of_a_script_is_given(workflow):
    """`GITHUB_ENV` and the like are the runner's; the rest is the step's own or set by the script."""
    for step in steps(workflow):
        script = step.get("run", "")
        used = set(re.findall(r"\$\{?([A-Za-z_]\w*)", script))
        given = {*SYSTEM_VARIABLES, *step.get("env", {})}
        given |= set(re.findall(r"^\s*([a-z_]+)=", script, re.MULTILINE))
        assert used <= given, script


def test_the_programs_and_verbs_exist(workflow):
    for script in runs(workflow):
        for verb in re.findall(r"\bdev\.py (\w+)", script):
            assert verb in dev.TASKS
        for program in re.findall(r"(?:packaging|\.ci|tests)/[\w./]+", script):
            assert (ROOT / program).exists(), program


def test_the_options_of_the_packaging_exist():
    asked = set()
    for path in FILES:
        for script in runs(read(path)):
            for line in re.findall(r"dev\.py package(.*)", script):
                asked |= set(re.findall(r"--[\w-]+", line))
    program = dev.TASKS["package"].program[0]
    told = subprocess.run([sys.executable, program, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert asked
    assert asked <= set(re.findall(r"--[\w-]+", told.stdout)), told.stderr


def test_names_of_dev_py_that_a_script_reads_exist(workflow):
    for script in runs(workflow):
        for name in re.findall(r"\bdev\.([A-Z_]+)\b", script):
            assert hasattr(dev, name)


def test_no_address_of_a_registry_stands_in_a_workflow(path):
    addresses = re.findall(r"\w+://[\w./-]+", path.read_text(encoding="utf-8"))
    assert set(addresses) <= {"http://timestamp.acs.microsoft.com"}  # whose clock Windows' signatures carry


def test_every_system_is_built_and_its_packages_are_gathered():
    release = read(FOLDER / "release.yml")["jobs"]
    rows = release["build"]["strategy"]["matrix"]["include"]
    assert {row["system"] for row in rows} == {"linux", "windows", "macos"}
    (upload,) = [s["with"] for s in release["build"]["steps"] if "upload-artifact" in s.get("uses", "")]
    (download,) = [s["with"] for s in release["draft"]["steps"] if "download-artifact" in s.get("uses", "")]
    assert upload["name"].startswith(download["pattern"].rstrip("*"))
    assert upload["if-no-files-found"] == "error"
