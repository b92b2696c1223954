; The uninstaller: asks about conversations and about models, each for itself, and keeps both unless it is told
; otherwise. Included by teahouse.nsi.
;
; Where they lie is found as the app finds it: beside the program of a portable copy, else where the note
; locations.json in the app's usual folder says, else in that folder. The note is the app's own (storage/pointer.py):
; one value a line, in ASCII with \uXXXX. Of a folder with conversations only what bears the app's names goes. What
; cannot be read, or holds more than models, is left alone, and that is said.

!define NOTE "locations.json"
!define IS_FOLDER 0x10
!define IS_LINK 0x400

Var Home ; the app's usual folder
Var DataDir ; with the conversations; empty: unknown
Var DataLine ; the same as the note has it; empty where the note says nothing
Var ModelsDir
Var ModelsLine
Var DataBox
Var ModelsBox
Var DeleteData ; 1: the person said so
Var DeleteModels
Var Place
Var CanGo ; 1: what is in $Place may be deleted
Var SizeMB

!macro TakeSwitch SWITCH INTO
  StrCpy ${INTO} 0
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "${SWITCH}" $R1
  ${IfNot} ${Errors}
    StrCpy ${INTO} 1
  ${EndIf}
!macroend

Function un.onInit
  !insertmacro TakeLanguage
  !insertmacro TakeSwitch "/DELETECONVERSATIONS" $DeleteData
  !insertmacro TakeSwitch "/DELETEMODELS" $DeleteModels
  Call un.FindFolders
FunctionEnd

; Where conversations and models lie

Function un.FindFolders
  StrCpy $Home "$LOCALAPPDATA\Teahouse"
  ${If} ${FileExists} "$INSTDIR\${PORTABLE_FILE}"
    StrCpy $Home "$INSTDIR\${PORTABLE_FOLDER}"
  ${EndIf}
  StrCpy $DataDir $Home
  StrCpy $ModelsDir "$Home\models"
  ${IfNot} ${FileExists} "$Home\${NOTE}"
    Return
  ${EndIf}
  FileOpen $0 "$Home\${NOTE}" r
  ${Do}
    ClearErrors
    FileRead $0 $1
    ${If} ${Errors}
      ${Break}
    ${EndIf}
    StrCpy $2 $1 14
    ${If} $2 == ' "data_dir": "'
      StrCpy $1 $1 "" 14
      Call un.ReadPlace
      StrCpy $DataLine $1
      StrCpy $DataDir $Place
    ${EndIf}
    StrCpy $2 $1 16
    ${If} $2 == ' "models_dir": "'
      StrCpy $1 $1 "" 16
      Call un.ReadPlace
      StrCpy $ModelsLine $1
      StrCpy $ModelsDir $Place
    ${EndIf}
  ${Loop}
  FileClose $0
FunctionEnd

Function un.ReadPlace ; $1 is the rest of a line: it is cut to the value as written; $Place is what that means
  StrCpy $Place ""
  ${Do}
    ${If} $1 == ""
      Return
    ${EndIf}
    StrCpy $2 $1 1 -1
    StrCpy $1 $1 -1
  ${LoopUntil} $2 == '"'
  StrCpy $3 0
  ${Do}
    StrCpy $2 $1 1 $3
    IntOp $3 $3 + 1
    ${If} $2 == "\"
      StrCpy $2 $1 1 $3
      IntOp $3 $3 + 1
      ${If} $2 == "u"
        StrCpy $2 $1 4 $3
        IntOp $3 $3 + 4
        IntFmt $2 "%c" "0x$2"
      ${EndIf}
    ${EndIf}
    StrCpy $Place "$Place$2"
  ${LoopUntil} $2 == ""
  StrCpy $2 $Place 1 1
  StrCpy $3 $Place 2
  ${If} $2 != ":"
  ${AndIf} $3 != "\\"
    StrCpy $Place "" ; no whole path
  ${EndIf}
FunctionEnd

; What may go, and what is said about it

Function un.LookAtData ; $CanGo, $Told
  StrCpy $Place $DataDir
  StrCpy $0 $DataLine
  Call un.LookAtPlace
  ${If} $CanGo == 1
    StrCpy $SizeMB 0
    ${GetSize} "$DataDir" "/S=0K /G=0" $1 $2 $3
    ${GetSize} "$DataDir\backups" "/S=0K" $2 $3 $4
    IntOp $1 $1 + $2
    Call un.SaySize
  ${EndIf}
FunctionEnd

!macro KeepWhatHolds FOLDER
  StrCpy $2 "${FOLDER}" $1
  ${If} $2 == $Place
    StrCpy $CanGo 0
  ${EndIf}
!macroend

Function un.LookAtModels
  StrCpy $Place $ModelsDir
  StrCpy $0 $ModelsLine
  Call un.LookAtPlace
  ${If} $CanGo == 1
    StrLen $1 $Place
    ${If} $1 < 4 ; a whole disk
      StrCpy $CanGo 0
    ${EndIf}
    !insertmacro KeepWhatHolds "$INSTDIR"
    !insertmacro KeepWhatHolds "$PROFILE"
    !insertmacro KeepWhatHolds "$DESKTOP"
    !insertmacro KeepWhatHolds "$DOCUMENTS"
    !insertmacro KeepWhatHolds "$APPDATA"
    !insertmacro KeepWhatHolds "$LOCALAPPDATA"
    !insertmacro KeepWhatHolds "$PROGRAMFILES64"
    !insertmacro KeepWhatHolds "$WINDIR"
    StrCpy $Told "$(PlaceWide)"
  ${EndIf}
  ${If} $CanGo == 1
    ${GetSize} "$ModelsDir" "/S=0K" $1 $2 $3
    Call un.SaySize
  ${EndIf}
FunctionEnd

Function un.LookAtPlace ; $0 is what the note says of it
  StrCpy $CanGo 0
  ${If} $Place == ""
    StrCpy $Told "$(PlaceUnknown)"
  ${ElseIf} ${FileExists} "$Place\*.*"
    StrCpy $CanGo 1
  ${ElseIf} $0 != ""
    StrCpy $Told "$(PlaceGone)"
  ${Else}
    StrCpy $Told "$(PlaceNone)"
  ${EndIf}
FunctionEnd

Function un.SaySize ; $1 in KB
  IntOp $SizeMB $1 + 1023
  IntOp $SizeMB $SizeMB / 1024
  StrCpy $Told "$(PlaceSize)"
FunctionEnd

; The page that asks

!macro Box TOP TEXT BOX WISH
  ${NSD_CreateCheckBox} 0 ${TOP}u 100% 12u "${TEXT}"
  Pop ${BOX}
  EnableWindow ${BOX} $CanGo
  ${If} ${WISH} == 1
  ${AndIf} $CanGo == 1
    ${NSD_Check} ${BOX}
  ${EndIf}
!macroend

!macro Line TOP
  ${NSD_CreateLabel} 12u ${TOP}u 285u 26u "$Told"
  Pop $0
  ${NSD_AddStyle} $0 ${SS_NOPREFIX}
!macroend

Function un.AskPage
  !insertmacro MUI_HEADER_TEXT "$(RemoveTitle)" "$(RemoveSubtitle)"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 34u "$(RemoveText)"
  Pop $0
  Call un.LookAtData
  !insertmacro Box 40 "$(DeleteConversations)" $DataBox $DeleteData
  !insertmacro Line 54
  Call un.LookAtModels
  !insertmacro Box 86 "$(DeleteModels)" $ModelsBox $DeleteModels
  !insertmacro Line 100
  SendMessage $mui.Button.Next ${WM_SETTEXT} 0 "STR:$(RemoveButton)"
  nsDialogs::Show
FunctionEnd

Function un.LeaveAskPage
  ${NSD_GetState} $DataBox $DeleteData
  ${NSD_GetState} $ModelsBox $DeleteModels
  ${If} $DeleteData == 1
  ${OrIf} $DeleteModels == 1
    MessageBox MB_YESNO|MB_ICONEXCLAMATION|MB_DEFBUTTON2 "$(ReallyDelete)" IDYES yes
    Abort
    yes:
  ${EndIf}
FunctionEnd

; Removing

Section "-un.Program"
  SetDetailsPrint none
  SetOutPath "$TEMP"
  Call un.EnsureClosed
  !insertmacro RemoveProgram "$INSTDIR"
  Delete "$SMPROGRAMS\${APP_NAME}.lnk"
  Delete "$SMPROGRAMS\${APP_NAME_ZH}.lnk"
  Delete "$DESKTOP\${APP_NAME}.lnk"
  Delete "$DESKTOP\${APP_NAME_ZH}.lnk"
  Call un.Unregister
  Call un.DeleteData
  StrCpy $R7 $Told
  Call un.DeleteModels
  ${If} "$R7$Told" == ""
    StrCpy $Told "$(NothingLeft)"
  ${ElseIf} $R7 != ""
    StrCpy $Told "$R7$\r$\n$\r$\n$Told"
  ${EndIf}
  Call un.WriteNote
  RMDir "$Home\log"
  RMDir $Home
  RMDir $INSTDIR
SectionEnd

Function un.Unregister
  ReadRegStr $0 HKCU "${UNINSTALL_KEY}" InstallLocation
  ${If} $0 != $INSTDIR ; another Teahouse was installed later: the entries are its own
    Return
  ${EndIf}
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
  DeleteRegKey HKCU "${CLASSES}\${PACK_CLASS}"
  DeleteRegKey HKCU "${CLASSES}\${GGUF_CLASS}"
  DeleteRegKey HKCU "${CLASSES}\Applications\${EXE}"
  ReadRegStr $0 HKCU "${CLASSES}\.teahousemodel" ""
  ${If} $0 == "${PACK_CLASS}"
    DeleteRegKey HKCU "${CLASSES}\.teahousemodel"
  ${EndIf}
  DeleteRegValue HKCU "${CLASSES}\.gguf\OpenWithProgids" "${GGUF_CLASS}"
  DeleteRegKey /ifempty HKCU "${CLASSES}\.gguf\OpenWithProgids"
  DeleteRegKey /ifempty HKCU "${CLASSES}\.gguf"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)' ; the kinds of files have changed
FunctionEnd

!macro SayKept WISH KEPT ABOUT ; leaves the function where nothing is to be deleted
  ${If} $CanGo == 0
    StrCpy ${WISH} 0
    ${If} $Told == "$(PlaceNone)"
      StrCpy $Told ""
    ${Else}
      StrCpy $Told "${ABOUT}"
    ${EndIf}
    Return
  ${ElseIf} ${WISH} == 0
    StrCpy $Told "${KEPT}"
    Return
  ${EndIf}
!macroend

Function un.DeleteData ; $Told: what became of the conversations
  Call un.LookAtData
  !insertmacro SayKept $DeleteData "$(ConversationsKept)" "$(AboutConversations)"
  StrCpy $Place $DataDir
  Call un.DeleteOurs
  StrCpy $Place $Home ; where they were before they were moved, and what is written there
  Call un.DeleteOurs
  StrCpy $Told "$(ConversationsGone)"
  ${If} ${FileExists} "$DataDir\teahouse.db"
    StrCpy $Told "$(SomeLeft)"
  ${EndIf}
FunctionEnd

Function un.DeleteOurs ; what the app writes into a folder for conversations; somebody's other files stay
  Delete "$Place\teahouse.*"
  Delete "$Place\teahouse-*"
  Delete "$Place\settings.json*"
  Delete "$Place\connections.jsonl*"
  Delete "$Place\window.lock"
  Delete "$Place\backups\teahouse-*.db"
  RMDir "$Place\backups"
  RMDir /r "$Place\log"
  RMDir $Place
FunctionEnd

Function un.DeleteModels ; $Told: what became of the models
  Call un.LookAtModels
  !insertmacro SayKept $DeleteModels "$(ModelsKept)" "$(AboutModels)"
  Push $ModelsDir
  Call un.RemoveTree
  StrCpy $Told "$(ModelsGone)"
  ${If} ${FileExists} "$ModelsDir\*.*"
    StrCpy $Told "$(SomeLeft)"
  ${EndIf}
FunctionEnd

Function un.RemoveTree ; the folder on the stack. Of a link only the link goes, never what it leads to.
  Exch $0
  Push $1
  Push $2
  Push $3
  FindFirst $1 $2 "$0\*"
  ${DoWhile} $2 != ""
    ${If} $2 != "."
    ${AndIf} $2 != ".."
      StrCpy $2 "$0\$2"
      System::Call 'kernel32::GetFileAttributesW(w r2) i .r3'
      IntOp $R8 $3 & ${IS_FOLDER}
      IntOp $R9 $3 & ${IS_LINK}
      ${If} $R8 == 0
        Delete $2
      ${ElseIf} $R9 != 0
        RMDir $2
      ${Else}
        Push $2
        Call un.RemoveTree
      ${EndIf}
    ${EndIf}
    FindNext $1 $2
  ${Loop}
  FindClose $1
  RMDir $0
  Pop $3
  Pop $2
  Pop $1
  Pop $0
FunctionEnd

Function un.WriteNote ; where what was kept lies, for a later installation
  ${If} $DeleteData == 1
    StrCpy $DataLine ""
  ${EndIf}
  ${If} $DeleteModels == 1
    StrCpy $ModelsLine ""
  ${EndIf}
  ${IfNot} ${FileExists} "$Home\${NOTE}"
    Return
  ${EndIf}
  ${If} $DeleteData == 0
  ${AndIf} $DeleteModels == 0
    Return
  ${EndIf}
  Delete "$Home\${NOTE}"
  ${If} "$DataLine$ModelsLine" == ""
    Return
  ${EndIf}
  FileOpen $0 "$Home\${NOTE}" w
  FileWrite $0 '{$\n "version": 1'
  ${If} $DataLine != ""
    FileWrite $0 ',$\n "data_dir": "$DataLine"'
  ${EndIf}
  ${If} $ModelsLine != ""
    FileWrite $0 ',$\n "models_dir": "$ModelsLine"'
  ${EndIf}
  FileWrite $0 '$\n}$\n'
  FileClose $0
FunctionEnd
