"""The macOS packaging as far as it goes without a Mac: which files, in which order, by which commands."""

import os
import platform
import plistlib
import struct
import sys
from pathlib import Path

import layout
import macho
import macos
import macos_plist
import pytest
from macho_files import ARM64, PROGRAM, X86_64, app, fat, thin

from app import __version__
from app.model.pack_format import MIMETYPE

CERTIFICATE = "Developer ID Application: Somebody (TEAM123456)"
NOTARY = macos.Notary(macos.Path("key.p8"), "KEY", "ISSUER")


@pytest.fixture
def bundle(tmp_path):
    return app(tmp_path)


def written(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("command", [0x32, 0x24])
def test_a_thin_file_says_processor_kind_and_oldest_system(tmp_path, command):
    found = macho.read(written(tmp_path / "x", thin(kind=PROGRAM, minimum=(13, 3), command=command)))
    assert found.slices == (macho.Slice(ARM64, PROGRAM, (13, 3)),)
    assert found.is_program
    assert found.minimum() == (13, 3)
    assert found.minimum(X86_64) is None


@pytest.mark.parametrize("wide", [False, True])
def test_of_a_file_for_two_processors_each_part_is_read(tmp_path, wide):
    data = fat(thin(X86_64, minimum=(12, 0)), thin(minimum=(15, 1)), wide=wide)
    found = macho.read(written(tmp_path / "x", data))
    assert (found.minimum(X86_64), found.minimum()) == ((12, 0), (15, 1))
    assert not found.is_program


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xcf\xfa\xed\xfe",
        thin()[:31],
        b"\x7fELF" + bytes(60),
        b"#!/bin/sh\n",
        b"\xca\xfe\xba\xbe" + struct.pack(">I", 61) + bytes(2000),  # a Java class
        b"\xca\xfe\xba\xbe" + struct.pack(">IIIIII", 1, ARM64, 0, 28, 8, 0) + b"!<arch>\n" + bytes(40),
        fat(thin(), thin(X86_64))[:60],
    ],
    ids=["empty", "magic", "short", "elf", "script", "java", "static library", "cut"],
)
def test_other_files_are_no_mach_o(tmp_path, data):
    assert macho.read(written(tmp_path / "x", data)) is None


def test_load_commands_that_lead_nowhere_end_the_reading(tmp_path):
    head = thin()[:32]
    found = macho.read(written(tmp_path / "x", head + struct.pack("<4I", 0x19, 0, 0, 0) * 3))
    assert found.minimum() == (0, 0)


def test_every_file_is_found_once_and_by_its_real_place(bundle):
    found = [file.path.relative_to(bundle / "Contents").as_posix() for file in macho.find(bundle)]
    assert found == [
        "Frameworks/PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore",
        "Frameworks/torch/lib/libtorch_cpu.dylib",
        "Frameworks/xllamacpp/xllamacpp.abi3.so",
        "MacOS/Teahouse",
        "MacOS/teahouse-cli",
    ]


def signed(commands):
    """What is signed, in order."""
    return [word for command in commands for word in command if Path(word).is_absolute()]


def test_signing_goes_from_the_inside_out(bundle):
    found = macho.find(bundle)
    order = signed(macos.sign_commands(bundle, found, macos.Signing(CERTIFICATE)))
    contents = bundle / "Contents"
    framework = str(contents / "Frameworks/PySide6/Qt/lib/QtCore.framework")
    assert order[-3:] == [framework, str(contents / "MacOS/teahouse-cli"), str(bundle)]
    assert set(order[:-3]) == {str(file.path) for file in found if "MacOS" not in file.path.parts}
    assert len(order) == len(set(order))


def test_nested_bundles_are_signed_before_what_they_lie_in(bundle):
    inner = bundle / "Contents/Frameworks/QtWeb.framework/Versions/A/Helpers/Inner.app"
    inner.mkdir(parents=True)
    order = signed(macos.sign_commands(bundle, [], macos.Signing()))
    assert order.index(str(inner)) < order.index(str(bundle / "Contents/Frameworks/QtWeb.framework"))


def test_a_certificate_signs_with_hardened_runtime_and_time(bundle):
    for command in macos.sign_commands(bundle, macho.find(bundle), macos.Signing(CERTIFICATE)):
        assert command[:7] == [
            "codesign",
            "--force",
            "--sign",
            CERTIFICATE,
            "--options",
            "runtime",
            "--timestamp",
        ]
        assert "--deep" not in command


def test_without_a_certificate_the_signature_is_ad_hoc_and_not_hardened(bundle):
    for command in macos.sign_commands(bundle, macho.find(bundle), macos.Signing()):
        assert command[:4] == ["codesign", "--force", "--sign", "-"]
        assert "runtime" not in command


def test_many_files_are_signed_in_several_commands(bundle, tmp_path):
    many = [macho.MachO(tmp_path / f"{number}.so", ()) for number in range(95)]
    commands = macos.sign_commands(bundle, many, macos.Signing())
    assert max(map(len, commands)) < 60
    assert {str(file.path) for file in many} <= set(signed(commands))


def test_the_environment_says_how_it_is_signed(tmp_path):
    whole = {
        macos.IDENTITY: CERTIFICATE,
        macos.NOTARY_KEY: "key.p8",
        macos.NOTARY_KEY_ID: "KEY",
        macos.NOTARY_ISSUER: "ISSUER",
    }
    assert macos.signing_from({}) == macos.Signing()
    assert macos.signing_from({macos.IDENTITY: ""}).is_ad_hoc
    assert macos.signing_from({macos.IDENTITY: CERTIFICATE}) == macos.Signing(CERTIFICATE)
    assert macos.signing_from(whole) == macos.Signing(CERTIFICATE, NOTARY)
    for name in whole:
        half = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(macos.PackagingError, match=name):
            macos.signing_from(half)


def test_the_notary_is_asked_with_the_key_and_waited_for():
    command = macos.submit_command(macos.Path("x.dmg"), NOTARY)
    assert command[:4] == ["xcrun", "notarytool", "submit", "x.dmg"]
    assert [*NOTARY.words(), "--wait"] == command[4:11]
    assert macos.log_command("ID", NOTARY) == ["xcrun", "notarytool", "log", "ID", *NOTARY.words()]


def test_gatekeeper_is_asked_as_for_what_it_is():
    assert macos.assess_command(macos.Path("T.app"))[-3:] == ["--type", "execute", "T.app"]
    assert "context:primary-signature" in macos.assess_command(macos.Path("t.dmg"))


def test_the_image_is_made_of_the_staging_folder():
    command = macos.image_command(macos.Path("staging"), macos.Path("t.dmg"))
    assert command[:2] == ["hdiutil", "create"]
    assert command[command.index("-srcfolder") + 1] == "staging"
    assert command[command.index("-volname") + 1] == f"Teahouse {__version__}"
    assert command[-1] == "t.dmg"


def test_the_app_lies_beside_the_frozen_folder(tmp_path):
    for edition in layout.Edition:
        assert macos.app_of(layout.frozen_folder(edition)) == layout.DIST / "Teahouse.app"
    assert macos.app_of(tmp_path / "Other.app") == tmp_path / "Other.app"


@pytest.mark.skipif(platform.system() == "Darwin", reason="a Mac would begin to sign")
def test_elsewhere_it_refuses(bundle):
    with pytest.raises(macos.PackagingError, match="on a Mac"):
        macos.build(bundle)


def test_libraries_that_ask_for_more_than_the_app_promises_are_refused(bundle):
    macos.check_libraries(macho.find(bundle))
    library = bundle / "Contents/Frameworks/new.so"
    library.write_bytes(thin(minimum=(99, 0)))
    with pytest.raises(macos.PackagingError, match=r"new\.so asks for macOS 99\.0"):
        macos.check_libraries(macho.find(bundle))
    library.write_bytes(thin(X86_64))
    with pytest.raises(macos.PackagingError, match="no part for Apple silicon"):
        macos.check_libraries(macho.find(bundle))


def test_the_tools_words_are_in_the_error():
    with pytest.raises(macos.PackagingError, match="it did not like it"):
        macos.run([sys.executable, "-c", "import sys; sys.exit('it did not like it')"])
    assert macos.run([sys.executable, "-c", "print('said')"]) == "said\n"


def test_the_info_plist_can_be_written_and_says_who_and_when():
    said = plistlib.loads(plistlib.dumps(macos_plist.info_plist()))
    assert said["CFBundleShortVersionString"] == __version__
    assert said["CFBundleVersion"].replace(".", "").isdigit()
    assert said["CFBundleExecutable"] == layout.APP_NAME
    assert said["CFBundleIdentifier"] == layout.BUNDLE_ID
    assert said["LSMinimumSystemVersion"] == "15.0"
    # PyInstaller would set the first, because one of the two programs is for the console.
    assert (said["LSBackgroundOnly"], said["NSHighResolutionCapable"]) == (False, True)
    assert said["NSRequiresAquaSystemAppearance"] is False
    assert not [key for key in said if key.endswith("UsageDescription")]


def test_packs_are_ours_and_gguf_files_are_everybodys():
    said = macos_plist.info_plist()
    pack, gguf = said["CFBundleDocumentTypes"]
    assert (pack["CFBundleTypeRole"], pack["LSHandlerRank"]) == ("Viewer", "Owner")
    assert (gguf["CFBundleTypeRole"], gguf["LSHandlerRank"]) == ("Viewer", "Alternate")
    (exported,), (imported,) = said["UTExportedTypeDeclarations"], said["UTImportedTypeDeclarations"]
    assert pack["LSItemContentTypes"] == [exported["UTTypeIdentifier"]]
    assert gguf["LSItemContentTypes"] == [imported["UTTypeIdentifier"]]
    assert exported["UTTypeTagSpecification"] == {
        "public.filename-extension": ["teahousemodel"],
        "public.mime-type": [MIMETYPE.decode()],
    }
    assert imported["UTTypeTagSpecification"] == {"public.filename-extension": ["gguf"]}


def test_the_finder_is_told_every_name_in_both_languages(bundle):
    paths = macos_plist.write_names(bundle)
    words = {path.parent.name: plistlib.loads(path.read_bytes()) for path in paths}
    assert words["zh-Hans.lproj"]["CFBundleDisplayName"] == "茶馆"
    assert words["en.lproj"]["CFBundleDisplayName"] == "Teahouse"
    said = macos_plist.info_plist()
    names = {kind["CFBundleTypeName"] for kind in said["CFBundleDocumentTypes"]}
    assert all(names <= set(table) for table in words.values())
    assert sorted(name.removesuffix(".lproj") for name in words) == said["CFBundleLocalizations"]
    assert all(
        os.path.commonpath([path, bundle / "Contents/Resources"]).endswith("Resources") for path in paths
    )
