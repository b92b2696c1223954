; The installer for Windows: for one account, without an administrator, in Chinese and English.
;
; windows.py compiles it (makensis of Windows and of Debian alike) and passes:
;   VERSION, VERSION4   the version, and the same as four numbers
;   FILES               an include: SetOutPath and File for every file of the program
;   PARTS               an include: a line for each further file of a payload that one installer cannot hold
;   LONGEST             characters of the longest path inside the program's folder
;   SIZE_KB             of the whole program, further files included
;   ICON, SIDE, HEAD    pictures
;   OUT                 the installer to be made
;   SIGN                (optional) a command that signs the file that it is given
;
; Switches of the installer: /S silent, /D=FOLDER (last, without quotes), /LANG=1033 or 2052.
; Switches of the uninstaller: /S silent, which keeps conversations and models unless /DELETECONVERSATIONS or
; /DELETEMODELS is given; /LANG.
; Exit codes: 0 done, 1 cancelled, 2 not done, and everything is as it was.

Unicode true
Target amd64-unicode

!define APP_NAME "Teahouse"
!define APP_NAME_ZH "茶馆"
!define EXE "Teahouse.exe"
!define CONSOLE_EXE "teahouse-cli.exe"
!define INSIDE "_internal"
!define UNINSTALLER "uninstall.exe"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Teahouse"
!define CLASSES "Software\Classes"
!define PACK_CLASS "Teahouse.ModelPack"
!define GGUF_CLASS "Teahouse.Gguf"
!define PORTABLE_FILE "portable.txt"
!define PORTABLE_FOLDER "TeahouseData"

!include LogicLib.nsh
!include FileFunc.nsh
!include WinVer.nsh
!include MUI2.nsh

; File by file and not as one stream (/SOLID): that was 3 % smaller, and unpacks everything into the folder for
; temporary files before it writes the first one where it belongs.
SetCompressor lzma
SetCompressorDictSize 64
RequestExecutionLevel user
ManifestDPIAware true
ManifestLongPathAware true
ManifestSupportedOS Win10
AllowSkipFiles off
SetOverwrite on
ShowInstDetails nevershow
ShowUninstDetails nevershow

Name "$(AppName)"
Caption "$(WindowTitle)"
UninstallCaption "$(UnWindowTitle)"
BrandingText "$(AppName) ${VERSION}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Teahouse"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" InstallLocation

!ifdef SIGN
  !finalize `${SIGN} "%1"` = 0
  !uninstfinalize `${SIGN} "%1"` = 0
!endif

VIProductVersion "${VERSION4}"
VIAddVersionKey /LANG=1033 ProductName "Teahouse"
VIAddVersionKey /LANG=1033 FileDescription "Teahouse Setup"
VIAddVersionKey /LANG=1033 FileVersion "${VERSION}"
VIAddVersionKey /LANG=1033 ProductVersion "${VERSION}"
VIAddVersionKey /LANG=1033 CompanyName "Teahouse"
VIAddVersionKey /LANG=1033 LegalCopyright "Apache License 2.0"
VIAddVersionKey /LANG=2052 ProductName "茶馆"
VIAddVersionKey /LANG=2052 FileDescription "茶馆安装程序"
VIAddVersionKey /LANG=2052 FileVersion "${VERSION}"
VIAddVersionKey /LANG=2052 ProductVersion "${VERSION}"
VIAddVersionKey /LANG=2052 CompanyName "Teahouse"
VIAddVersionKey /LANG=2052 LegalCopyright "Apache License 2.0"

Var OldVersion ; what is installed already; empty where nothing is
Var OldFolder ; where that is
Var NeededMB
Var FreeMB
Var PartName
Var Told ; a text that depends on what was found
Var Busy ; a program of ours that runs; empty where none does
Var IsWriting ; 1 while the old program lies aside and the new one is written

; Pages

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_UNWELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_WELCOMEFINISHPAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_UNWELCOMEFINISHPAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_HEADERIMAGE
!define MUI_HEADERIMAGE_RIGHT
!define MUI_HEADERIMAGE_BITMAP "${HEAD}"
!define MUI_HEADERIMAGE_UNBITMAP "${HEAD}"
!define MUI_HEADERIMAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_HEADERIMAGE_UNBITMAP_STRETCH AspectFitHeight
!define MUI_BGCOLOR FFFFFF

!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhereInstalled
!define MUI_WELCOMEPAGE_TITLE "$(WelcomeTitle)"
!define MUI_WELCOMEPAGE_TEXT "$(WelcomeText)"
!insertmacro MUI_PAGE_WELCOME

!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhereNew
!define MUI_PAGE_CUSTOMFUNCTION_SHOW ShowAsFirst
!define MUI_WELCOMEPAGE_TITLE "$(UpgradeTitle)"
!define MUI_WELCOMEPAGE_TEXT "$Told"
!insertmacro MUI_PAGE_WELCOME

!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhereInstalled
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE LeaveFolderPage
!define MUI_PAGE_HEADER_TEXT "$(FolderTitle)"
!define MUI_PAGE_HEADER_SUBTEXT "$(FolderSubtitle)"
!define MUI_DIRECTORYPAGE_TEXT_TOP "$(FolderText)"
!insertmacro MUI_PAGE_DIRECTORY

!define MUI_PAGE_HEADER_SUBTEXT "$(Working)"
!insertmacro MUI_PAGE_INSTFILES

!define MUI_FINISHPAGE_TITLE "$(DoneTitle)"
!define MUI_FINISHPAGE_TEXT "$(DoneText)"
!define MUI_FINISHPAGE_RUN "$INSTDIR\${EXE}"
!define MUI_FINISHPAGE_RUN_TEXT "$(StartNow)"
!define MUI_FINISHPAGE_SHOWREADME ""
!define MUI_FINISHPAGE_SHOWREADME_TEXT "$(OnDesktop)"
!define MUI_FINISHPAGE_SHOWREADME_NOTCHECKED
!define MUI_FINISHPAGE_SHOWREADME_FUNCTION PutOnDesktop
!define MUI_FINISHPAGE_NOREBOOTSUPPORT
!insertmacro MUI_PAGE_FINISH

UninstPage custom un.AskPage un.LeaveAskPage
!define MUI_PAGE_HEADER_SUBTEXT " "
!insertmacro MUI_UNPAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "$(RemovedTitle)"
!define MUI_FINISHPAGE_TEXT "$Told"
!define MUI_FINISHPAGE_NOREBOOTSUPPORT
!insertmacro MUI_UNPAGE_FINISH

!insertmacro MUI_LANGUAGE English ; the first one is taken where a system speaks neither
!insertmacro MUI_LANGUAGE SimpChinese
SetFont /LANG=${LANG_ENGLISH} "Segoe UI" 9
SetFont /LANG=${LANG_SIMPCHINESE} "Microsoft YaHei UI" 9

!macro TakeLanguage ; somebody may want the other one than the system has
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/LANG=" $R1
  ${IfNot} ${Errors}
    StrCpy $LANGUAGE $R1
  ${EndIf}
!macroend

!include teahouse_texts.nsh
!include teahouse_program.nsh
!include teahouse_remove.nsh

; Before the first page

Function SkipWhereInstalled
  ${If} $OldVersion != ""
    Abort
  ${EndIf}
FunctionEnd

Function SkipWhereNew
  ${If} $OldVersion == ""
    Abort
  ${EndIf}
  StrCpy $Told "$(UpgradeText)"
  ${If} $OldVersion == "${VERSION}"
    StrCpy $Told "$(AgainText)"
  ${EndIf}
FunctionEnd

Function ShowAsFirst ; the page before it is skipped, and the button goes on at once
  ShowWindow $mui.Button.Back ${SW_HIDE}
  SendMessage $mui.Button.Next ${WM_SETTEXT} 0 "STR:$(^InstallBtn)"
FunctionEnd

Function LeaveFolderPage
  Call SettleFolder
  StrLen $0 $INSTDIR
  IntOp $0 $0 + ${LONGEST}
  ${If} $0 > 258 ; one for the separator, and 259 is what Windows takes without being told otherwise
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(FolderTooLong)" /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
  Call EnsureWritable
FunctionEnd

; Installing

Section "-Program" ProgramSection
  SetDetailsPrint none
  Call LeaveFolderPage ; a silent start has had no such page
  Call EnsureParts
  Call EnsureRoom
  Call EnsureClosed
  Call PutAside
  ClearErrors
  !include "${FILES}"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\${UNINSTALLER}"
  ${If} ${Errors}
    Call GiveUp
  ${EndIf}
  !include "${PARTS}"
  Call Tidy
  Call PutIntoStartMenu
  Call Register
SectionEnd

Function .onInit
  !insertmacro TakeLanguage
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "$(OldWindows)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  ReadRegStr $OldFolder HKCU "${UNINSTALL_KEY}" InstallLocation
  ReadRegStr $OldVersion HKCU "${UNINSTALL_KEY}" DisplayVersion
  ${IfNot} ${FileExists} "$OldFolder\${EXE}"
    StrCpy $OldVersion ""
  ${EndIf}
  SectionSetSize ${ProgramSection} ${SIZE_KB}
  Call SettleFolder
FunctionEnd

Function .onInstFailed ; also where somebody cancels while files are written
  Call PutBack
FunctionEnd

Function PutIntoStartMenu
  Delete "$SMPROGRAMS\${APP_NAME}.lnk" ; it may have been installed in the other language
  Delete "$SMPROGRAMS\${APP_NAME_ZH}.lnk"
  CreateShortcut "$SMPROGRAMS\$(AppName).lnk" "$INSTDIR\${EXE}" "" "$INSTDIR\${EXE}" 0 SW_SHOWNORMAL "" "$(About)"
FunctionEnd

Function PutOnDesktop
  CreateShortcut "$DESKTOP\$(AppName).lnk" "$INSTDIR\${EXE}" "" "$INSTDIR\${EXE}" 0 SW_SHOWNORMAL "" "$(About)"
FunctionEnd

!macro Class CLASS KIND
  WriteRegStr HKCU "${CLASSES}\${CLASS}" "" "${KIND}"
  WriteRegStr HKCU "${CLASSES}\${CLASS}\DefaultIcon" "" "$INSTDIR\${EXE},0"
  WriteRegStr HKCU "${CLASSES}\${CLASS}\shell\open\command" "" '"$INSTDIR\${EXE}" "%1"'
!macroend

Function Register
  WriteRegStr HKCU "${UNINSTALL_KEY}" DisplayName "$(AppName)"
  WriteRegStr HKCU "${UNINSTALL_KEY}" DisplayVersion "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" DisplayIcon "$INSTDIR\${EXE},0"
  WriteRegStr HKCU "${UNINSTALL_KEY}" Publisher "Teahouse"
  WriteRegStr HKCU "${UNINSTALL_KEY}" Comments "$(About)"
  WriteRegStr HKCU "${UNINSTALL_KEY}" InstallLocation "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" UninstallString '"$INSTDIR\${UNINSTALLER}"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" QuietUninstallString '"$INSTDIR\${UNINSTALLER}" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" EstimatedSize ${SIZE_KB}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" NoModify 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" NoRepair 1
  ; A model pack is our kind of file. A .gguf is not: Teahouse is offered under "Open with" and takes nothing over.
  !insertmacro Class ${PACK_CLASS} "$(PackKind)"
  !insertmacro Class ${GGUF_CLASS} "$(GgufKind)"
  WriteRegStr HKCU "${CLASSES}\.teahousemodel" "" "${PACK_CLASS}"
  WriteRegStr HKCU "${CLASSES}\.teahousemodel" "Content Type" "application/x-teahouse-model"
  WriteRegStr HKCU "${CLASSES}\.teahousemodel\OpenWithProgids" "${PACK_CLASS}" ""
  WriteRegStr HKCU "${CLASSES}\.gguf\OpenWithProgids" "${GGUF_CLASS}" ""
  WriteRegStr HKCU "${CLASSES}\Applications\${EXE}" FriendlyAppName "$(AppName)"
  WriteRegStr HKCU "${CLASSES}\Applications\${EXE}\shell\open\command" "" '"$INSTDIR\${EXE}" "%1"'
  WriteRegStr HKCU "${CLASSES}\Applications\${EXE}\SupportedTypes" ".teahousemodel" ""
  WriteRegStr HKCU "${CLASSES}\Applications\${EXE}\SupportedTypes" ".gguf" ""
  ${RefreshShellIcons}
FunctionEnd
