"""What the app says of itself to macOS: its Info.plist, and its names in both languages.

Pure values, on any system. Knows names and the version; nothing of signatures or of how the app is frozen.
"""

from __future__ import annotations

import plistlib
import re
from pathlib import Path

from layout import APP_NAME, APP_NAME_ZH, BUNDLE_ID, GGUF_SUFFIX, PACK_SUFFIX, version

OLDEST_MACOS = (15, 0)
"""What PySide6 6.11's modules were built for, whatever the name of its wheel says; the packaging holds every
library inside against it."""

PACK_TYPE = f"{BUNDLE_ID}.modelpack"
GGUF_TYPE = "org.ggml.gguf"
"""Not ours and published by nobody: an app that declares its own is preferred to this imported one."""
PACK_MIME_TYPE = "application/x-teahouse-model"
_PACK_NAME, _GGUF_NAME = "Teahouse model pack", "GGUF model"

LOCALIZED = {
    "en": {
        "CFBundleDisplayName": APP_NAME,
        "CFBundleName": APP_NAME,
        _PACK_NAME: "Teahouse model pack",
        _GGUF_NAME: "GGUF model",
    },
    "zh-Hans": {
        "CFBundleDisplayName": APP_NAME_ZH,
        "CFBundleName": APP_NAME_ZH,
        _PACK_NAME: "茶馆模型包",
        _GGUF_NAME: "GGUF 模型",
    },
}
"""Words of the Finder by language: names of the app, and of its kinds of documents by their English ones."""


def info_plist() -> dict[str, object]:
    """The app's Info.plist, for PyInstaller's `BUNDLE(info_plist=...)`, which adds the icon.

    `LSBackgroundOnly` has to be said: PyInstaller sets it where the last of the collected programs is one for
    the console, and the window would have no place in the Dock. There are no usage descriptions, because
    nothing that asks for one (camera, microphone, local network) is used.
    """
    return {
        "CFBundleIdentifier": BUNDLE_ID,
        "CFBundleName": APP_NAME,
        "CFBundleDisplayName": APP_NAME,
        "CFBundleExecutable": APP_NAME,
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": version(),
        "CFBundleVersion": _numbers(),
        "CFBundleDevelopmentRegion": "en",
        "CFBundleLocalizations": sorted(LOCALIZED),
        "LSHasLocalizedDisplayName": True,
        "LSBackgroundOnly": False,
        "LSMinimumSystemVersion": ".".join(map(str, OLDEST_MACOS)),
        "LSArchitecturePriority": ["arm64"],
        "LSRequiresNativeExecution": True,
        "LSApplicationCategoryType": "public.app-category.productivity",
        "NSPrincipalClass": "NSApplication",
        "NSHighResolutionCapable": True,
        "NSRequiresAquaSystemAppearance": False,
        "CFBundleDocumentTypes": [
            _document_type(_PACK_NAME, PACK_TYPE, "Owner"),
            _document_type(_GGUF_NAME, GGUF_TYPE, "Alternate"),
        ],
        "UTExportedTypeDeclarations": [_type(_PACK_NAME, PACK_TYPE, PACK_SUFFIX, PACK_MIME_TYPE)],
        "UTImportedTypeDeclarations": [_type(_GGUF_NAME, GGUF_TYPE, GGUF_SUFFIX)],
    }


def write_names(app: Path) -> list[Path]:
    """Write `InfoPlist.strings` of each language into the bundle; before it is signed. Gives the files."""
    written = []
    for language, words in LOCALIZED.items():
        path = app / "Contents" / "Resources" / f"{language}.lproj" / "InfoPlist.strings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(plistlib.dumps(words))
        written.append(path)
    return written


def _numbers() -> str:
    """The version without what follows its numbers: of `1.2.0rc1` that is `1.2.0`."""
    found = re.match(r"\d+(\.\d+){0,2}", version())
    if found is None:
        raise ValueError(f"{version()} begins with no number")
    return found[0]


def _document_type(name: str, identifier: str, rank: str) -> dict[str, object]:
    return {
        "CFBundleTypeName": name,
        "CFBundleTypeRole": "Viewer",
        "LSHandlerRank": rank,
        "LSItemContentTypes": [identifier],
    }


def _type(name: str, identifier: str, suffix: str, mime_type: str | None = None) -> dict[str, object]:
    tags = {"public.filename-extension": [suffix.removeprefix(".")]}
    if mime_type is not None:
        tags["public.mime-type"] = [mime_type]
    return {
        "UTTypeIdentifier": identifier,
        "UTTypeDescription": name,
        "UTTypeConformsTo": ["public.data"],
        "UTTypeTagSpecification": tags,
    }
