"""The page of third-party licences names whoever wrote what is inside, with a text, or the build stops."""

import json
import re
import sys
from pathlib import Path

import licence_page
import licence_sources
import licences
import pytest
from contents import UNUSED_BY_TORCH_ENGINE
from licence_sources import Correction, Installed, LicenceError, Part, Table, Text

ROOT = Path(__file__).resolve().parents[2]
EMPTY = Table((), {})


class Site:
    """A folder of installed distributions, made up."""

    def __init__(self, folder):
        self.folder = folder

    def add(self, name, files, metadata="", **texts):
        record = f"{name.replace('-', '_')}-1.0.dist-info"
        contents = {f"{record}/METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}"}
        contents |= {f"{record}/licenses/{key}": text for key, text in texts.items()}
        contents |= dict.fromkeys(files, "")
        for place, text in contents.items():
            path = self.folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        rows = "".join(f"{place},,\n" for place in [*contents, f"{record}/RECORD"])
        (self.folder / record / "RECORD").write_text(rows, encoding="utf-8")
        return record

    def installed(self):
        return Installed([str(self.folder)])


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "site")


def collect(site, modules=(), files=(), table=EMPTY):
    return {part.name: part for part in licences.collect(modules, files, site.installed(), table)}


def test_modules_and_files_lead_to_their_distributions(site):
    site.add("Fast-Thing", ["fast/__init__.py", "fast/core.abi3.so"], LICENSE="Do as you like.")
    site.add("other", ["other.py"], LICENSE="Other words.")
    site.add("absent", ["absent.py"], LICENSE="Not inside.")
    parts = collect(
        site, {"fast", "app.main", "json", "_sysconfigdata__x"}, ["fast/core.abi3.so", "other.py"]
    )
    assert set(parts) == {"Fast-Thing", "other", "Python"}
    assert parts["Fast-Thing"].texts == (Text("Fast-Thing, LICENSE", "Do as you like."),)
    assert parts["Python"].version == ".".join(map(str, sys.version_info[:3]))
    assert "PYTHON SOFTWARE FOUNDATION" in parts["Python"].texts[0].body


def test_a_package_that_is_only_a_folder_is_found(site):
    site.add("plugin", ["space/plugin.py"], LICENSE="Words.")
    assert "plugin" in collect(site, {"space", "space.plugin"})


def test_a_library_that_was_laid_elsewhere_is_found_by_its_name(site):
    site.add("fast", ["fast.libs/libfast-1a2b.so.3"], LICENSE="Words.")
    assert "fast" in collect(site, files=["libfast-1a2b.so.3"])


def test_our_own_files_and_pythons_are_no_parts(site):
    own = ["resources/i18n/x.qm", "LICENSE", "LICENSE.txt", "licences/THIRD-PARTY.txt", "starter/x.txt"]
    pythons = ["base_library.zip", "lib-dynload/_json.so", "python3.11/lib-dynload/_json.cpython-311.so"]
    pythons += ["libpython3.11.so.1.0", "python311.dll", "Python.framework/Versions/3.11/Python", "_ssl.pyd"]
    assert set(collect(site, files=own + pythons)) == {"Python"}


def test_a_record_alone_is_no_software(site):
    record = site.add("only-asked", ["only.py"], LICENSE="Words.")
    assert set(collect(site, files=[f"{record}/METADATA"])) == {"Python"}


def test_what_nobody_wrote_stops_the_build(site):
    with pytest.raises(LicenceError, match=r"written\n  libstranger\.so\.1\n  module stranger"):
        collect(site, {"stranger"}, ["libstranger.so.1"])


def test_what_has_no_text_stops_the_build(site):
    site.add("silent", ["silent.py"], "License-Expression: MIT\n")
    with pytest.raises(LicenceError, match="no text of a licence for\n  silent"):
        collect(site, {"silent"})


def test_our_correction_gives_the_text_only_where_there_is_none(site):
    site.add("silent", ["silent.py"])
    site.add("loud", ["loud.py"], LICENSE="Own words.")
    correction = Correction("MIT", (Text("MIT", "Given words."),), ("Somebody",))
    table = Table((), {"silent": correction, "loud": correction})
    parts = collect(site, {"silent", "loud"}, table=table)
    assert [text.body for text in parts["silent"].texts] == ["Given words."]
    assert [text.body for text in parts["loud"].texts] == ["Own words."]
    assert (parts["silent"].licence, parts["silent"].copyright) == ("MIT", ("Somebody",))


@pytest.mark.parametrize("name", ["libreadline.so.8", "sub/libgdbm.so.6"])
def test_a_library_under_the_plain_gpl_is_refused(site, name):
    with pytest.raises(LicenceError, match="GPL"):
        collect(site, files=[name])


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ("License-Expression: MIT OR Zlib\n", "MIT OR Zlib"),
        ("License: BSD-3-Clause\n", "BSD-3-Clause"),
        ("License: MIT License\n        \n        Permission is hereby granted\n", "MIT License"),
        ("Classifier: License :: OSI Approved :: MIT License\nLicense: UNKNOWN\n", "MIT License"),
        ("", "see its text"),
    ],
)
def test_the_name_of_a_licence_is_taken_from_where_it_stands(site, metadata, name):
    site.add("thing", ["thing.py"], metadata, LICENSE="Words.")
    assert collect(site, {"thing"})["thing"].licence == name


def test_what_was_compiled_in_is_named_with_its_texts(site):
    crates = [
        {
            "name": "alpha",
            "version": "1",
            "licenses": [{"expression": "MIT  OR Apache-2.0"}],
            "author": "A. B.",
        },
        {"name": "beta", "version": "2", "licenses": [{"license": {"id": "Zlib"}}]},
        {"name": "gamma", "version": "3"},
    ]
    record = site.add("rusty", ["rusty.py"], LICENSE="Words.")
    listed = site.folder / record / "sboms" / "rusty.json"
    listed.parent.mkdir()
    listed.write_text(json.dumps({"components": crates}), encoding="utf-8")
    with (site.folder / record / "RECORD").open("a", encoding="utf-8") as rows:
        rows.write(f"{record}/sboms/rusty.json,,\n")
    part = collect(site, {"rusty"})["rusty"]
    assert part.made_of == ("alpha 1 (MIT OR Apache-2.0), by A. B.", "beta 2 (Zlib)")
    assert [text.title for text in part.texts] == ["rusty, LICENSE", "Apache-2.0", "MIT", "Zlib"]
    listed.write_text(json.dumps({"components": [{**crates[1], "licenses": [{"expression": "Odd-1.0"}]}]}))
    with pytest.raises(LicenceError, match=r"no Odd-1\.0\.txt"):
        collect(site, {"rusty"})


def test_the_table_adds_what_lies_in_a_distribution_and_behind_a_file(site):
    table = licence_sources.read_table()
    site.add("xllamacpp", ["xllamacpp/x.so"], LICENSE="Words.")
    parts = collect(site, files=["xllamacpp/x.so", "libgomp.so.1", "starter/model.gguf"], table=table)
    assert {"llama.cpp and ggml", "GCC runtime libraries", "Mersenne Twister (in Python)"} <= set(parts)
    assert "SmolLM2-135M-Instruct, the starter model" in parts
    assert "SQLite" not in parts


def test_a_text_that_another_distribution_holds_needs_it(site):
    table = licence_sources.read_table()
    with pytest.raises(LicenceError, match="OpenBLAS"):
        collect(site, files=["libopenblas.so.0"], table=table)
    site.add("numpy", ["numpy/__init__.py"], LICENSE="With OpenBLAS's words.")
    assert collect(site, {"numpy"}, ["libopenblas.so.0"], table)["OpenBLAS, with LAPACK"].reason


def locked():
    """The distributions that the app is locked to, and torch, which is not."""
    lines = (ROOT / "requirements" / "app.txt").read_text(encoding="utf-8").splitlines()
    return {licence_sources.canonical(line.partition("==")[0]) for line in lines if "==" in line} | {"torch"}


def test_the_table_names_distributions_that_the_app_has():
    table = licence_sources.read_table()
    assert set(table.own) <= locked() | {"pyinstaller"}
    assert {entry.inside for entry in table.entries} - {""} <= locked() | {"python"}
    assert {entry.covered_by for entry in table.entries} - {""} <= locked()
    for entry in table.entries:
        assert (entry.inside != "") != (entry.files is not None), entry.part.name
        assert entry.part.texts or entry.part.reason, entry.part.name


def test_every_distribution_of_the_app_has_a_text():
    installed, table = Installed(), licence_sources.read_table()
    shipped = locked() - set(map(licence_sources.canonical, UNUSED_BY_TORCH_ENGINE))
    here = {name: one for name, one in installed.by_name.items() if name in shipped}
    assert len(here) > 30
    parts = [licence_sources.of_distribution(one, table.own.get(name)) for name, one in here.items()]
    assert [part.name for part in parts if not part.texts] == []


@pytest.mark.skipif(
    not Path("/usr/share/doc/zlib1g/copyright").is_file(), reason="no Debian, or without its records"
)
def test_a_library_of_the_system_has_its_packages_record():
    part = licence_sources.of_debian("libz.so.1")
    assert part.name == "zlib (Debian)"
    assert "Mark Adler" in part.texts[0].body
    assert licence_sources.of_debian("libnobody.so.1") is None


PARTS = [
    Part(
        "one <b>",
        "1.0",
        "MIT",
        (Text("MIT", "Same\nwords & more"),),
        ("(c) A <a@b>",),
        "https://example.org/x",
    ),
    Part(
        "PySide6_Essentials", "6", "LGPL", (Text("Other title", "Same words  & more"), Text("LGPL-3.0", "Q"))
    ),
    Part("three", "", "none", reason="There is none."),
]


def test_a_text_stands_once_however_many_parts_it_is_for():
    assert [text.title for text in licence_page.unique_texts(PARTS)] == ["MIT", "LGPL-3.0"]
    assert licence_page.plain(PARTS).count("words & more") == 1


def test_the_page_escapes_and_its_links_lead_somewhere():
    page = licence_page.html(PARTS)
    assert "$" not in page
    assert "one &lt;b&gt; 1.0" in page
    assert "Same\nwords &amp; more" in page
    assert '<a href="https://example.org/x">' in page
    targets = re.findall(r'href="#([\w-]+)"', page)
    assert targets
    assert set(targets) <= set(re.findall(r'id="([\w-]+)"', page))


def test_the_page_needs_nothing_from_elsewhere():
    page = licence_page.html(PARTS)
    assert not re.search(r"<(script|img|link|iframe|object)\b|url\(|@import", page)


@pytest.mark.parametrize("form", [licence_page.html, licence_page.plain])
def test_what_qt_asks_for_is_said_in_both_languages_where_qt_is_inside(form):
    assert "Lesser General Public License" in form(PARTS)
    assert "宽通用公共许可证" in form(PARTS)
    without = form([PARTS[0]])
    assert "Lesser General Public License" not in without
    assert "Apache License 2.0" in without


def test_both_forms_are_written(tmp_path):
    page = licences.write(PARTS, tmp_path / "licences")
    assert page.name == "THIRD-PARTY.html"
    assert {path.name for path in page.parent.iterdir()} == {"THIRD-PARTY.html", "THIRD-PARTY.txt"}
