; A further file of an installer whose program does not fit into one: it holds files and asks nothing. The
; installer beside it starts it; windows.py compiles it and passes FILES, SIZE_KB, ICON, OUT, SETUP, VERSION4, SIGN.
; Exit codes: 0 done, 2 not done.

Unicode true
Target amd64-unicode
!include LogicLib.nsh
!include FileFunc.nsh

SetCompressor lzma ; as in teahouse.nsi
SetCompressorDictSize 64
RequestExecutionLevel user
ManifestLongPathAware true
ManifestSupportedOS Win10
AllowSkipFiles off
Name "Teahouse"
Icon "${ICON}"
OutFile "${OUT}"
VIProductVersion "${VERSION4}"

!ifdef SIGN
  !finalize `${SIGN} "%1"` = 0
!endif

LoadLanguageFile "${NSISDIR}\Contrib\Language files\English.nlf"
LoadLanguageFile "${NSISDIR}\Contrib\Language files\SimpChinese.nlf"
LangString NotThis ${LANG_ENGLISH} "This file belongs to the installer and holds a part of Teahouse.$\r$\n$\r$\nKeep both in one folder and start ${SETUP} instead."
LangString NotThis ${LANG_SIMPCHINESE} "这个文件是安装程序的一部分。$\r$\n$\r$\n请把两个文件放在同一个文件夹里，然后运行 ${SETUP}。"

Function .onInit
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/TEAHOUSE" $R1
  ${If} ${Errors}
    MessageBox MB_OK|MB_ICONINFORMATION "$(NotThis)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
FunctionEnd

Section
  AddSize ${SIZE_KB}
  ClearErrors
  !include "${FILES}"
  ${If} ${Errors}
    SetErrorLevel 2
  ${EndIf}
SectionEnd
