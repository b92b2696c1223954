; The program's files: whether they may be replaced, putting them aside, and putting them back where the new ones
; do not come. Included by teahouse.nsi. Of the chosen folder only what bears our names is ever touched.

!define ASIDE ".old"

; The folder

Function SettleFolder ; a folder that holds other things gets a folder of ours in it
  ${If} ${FileExists} "$INSTDIR\${EXE}"
  ${OrIf} ${FileExists} "$INSTDIR\${UNINSTALLER}"
  ${OrIf} ${FileExists} "$INSTDIR\${PORTABLE_FILE}"
  ${OrIf} ${FileExists} "$INSTDIR\${EXE}${ASIDE}"
    Return
  ${EndIf}
  ${DirState} $INSTDIR $0
  ${If} $0 == 1
    StrCpy $INSTDIR "$INSTDIR\Teahouse"
  ${EndIf}
FunctionEnd

Function EnsureWritable ; aborts where nothing can be written
  ${DirState} $INSTDIR $1
  ClearErrors
  CreateDirectory $INSTDIR
  GetTempFileName $0 $INSTDIR
  Delete $0
  ${If} ${Errors}
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(FolderClosed)" /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
  ${If} $1 == -1
    RMDir $INSTDIR
  ${EndIf}
FunctionEnd

!macro Part NAME ; while it is checked what is there
  ${IfNot} ${FileExists} "$EXEDIR\${NAME}"
    StrCpy $PartName "${NAME}"
    MessageBox MB_OK|MB_ICONSTOP "$(PartMissing)" /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
!macroend

Function EnsureParts
  StrCpy $PartName ""
  !include "${PARTS}"
FunctionEnd
!macroundef Part

!macro Part NAME ; while it is installed
  ClearErrors
  ExecWait '"$EXEDIR\${NAME}" /S /TEAHOUSE /D=$INSTDIR' $0
  ${If} ${Errors}
  ${OrIf} $0 != 0
    Call GiveUp
  ${EndIf}
!macroend

Function EnsureRoom ; the old program stays until the new one is there, so both have to fit
  CreateDirectory $INSTDIR
  StrCpy $1 0
  System::Call 'kernel32::GetDiskFreeSpaceExW(w "$INSTDIR", *l .r1, p 0, p 0) i .r0'
  ${If} $0 == 0
    Return ; nobody knows
  ${EndIf}
  System::Int64Op $1 / 1048576
  Pop $FreeMB
  IntOp $NeededMB ${SIZE_KB} / 1024
  IntOp $NeededMB $NeededMB + 10
  ${If} $FreeMB < $NeededMB
    RMDir $INSTDIR
    MessageBox MB_OK|MB_ICONSTOP "$(NoRoom)" /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
FunctionEnd

; A program that runs. Windows lets nobody write to it.

!macro Program UN
Function ${UN}LookWhetherBusy
  StrCpy $Busy ""
  !insertmacro LookAt "$INSTDIR\${EXE}"
  !insertmacro LookAt "$INSTDIR\${CONSOLE_EXE}"
FunctionEnd

Function ${UN}EnsureClosed
  StrCpy $R9 0
  again:
  Call ${UN}LookWhetherBusy
  ${If} $Busy == ""
    Return
  ${EndIf}
  ${If} ${Silent}
  ${AndIf} $R9 < 20
    IntOp $R9 $R9 + 1
    Sleep 500 ; it may be just closing
    Goto again
  ${EndIf}
  MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(StillOpen)" /SD IDCANCEL IDRETRY again
  SetErrorLevel 2
  Abort
FunctionEnd
!macroend

!macro LookAt PROGRAM
  ${If} ${FileExists} "${PROGRAM}"
    ClearErrors
    FileOpen $R8 "${PROGRAM}" a
    ${If} ${Errors}
      StrCpy $Busy "${PROGRAM}"
    ${Else}
      FileClose $R8
    ${EndIf}
  ${EndIf}
!macroend

!insertmacro Program ""
!insertmacro Program "un."

; The old program. It lies aside while the new one is written, and goes, or comes back, as a whole. What lies
; aside already was left by an installer that was killed: then that is the whole one.

!macro Aside NAME
  ${If} ${FileExists} "$INSTDIR\${NAME}${ASIDE}"
    Delete "$INSTDIR\${NAME}"
    RMDir /r "$INSTDIR\${NAME}"
  ${ElseIf} ${FileExists} "$INSTDIR\${NAME}"
    Rename "$INSTDIR\${NAME}" "$INSTDIR\${NAME}${ASIDE}"
  ${EndIf}
!macroend

!macro Back NAME
  ${If} ${FileExists} "$INSTDIR\${NAME}${ASIDE}"
    Delete "$INSTDIR\${NAME}"
    RMDir /r "$INSTDIR\${NAME}"
    Rename "$INSTDIR\${NAME}${ASIDE}" "$INSTDIR\${NAME}"
  ${ElseIf} $IsWriting == 1 ; there was none before
    Delete "$INSTDIR\${NAME}"
    RMDir /r "$INSTDIR\${NAME}"
  ${EndIf}
!macroend

Function PutAside
  again:
  ClearErrors
  !insertmacro Aside "${INSIDE}" ; first: it is what cannot be renamed while something in it is in use
  ${IfNot} ${Errors}
    !insertmacro Aside "${EXE}"
    !insertmacro Aside "${CONSOLE_EXE}"
  ${EndIf}
  ${If} ${Errors}
    Call PutBack
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(StillOpen)" /SD IDCANCEL IDRETRY again
    SetErrorLevel 2
    Abort
  ${EndIf}
  StrCpy $IsWriting 1
FunctionEnd

Function PutBack
  SetOutPath "$TEMP" ; a folder that is in use cannot go
  !insertmacro Back "${INSIDE}"
  !insertmacro Back "${EXE}"
  !insertmacro Back "${CONSOLE_EXE}"
  StrCpy $IsWriting 0
  RMDir "$INSTDIR"
FunctionEnd

Function GiveUp
  Call PutBack
  MessageBox MB_OK|MB_ICONSTOP "$(Failed)" /SD IDOK
  SetErrorLevel 2
  Abort
FunctionEnd

!macro RemoveProgram FOLDER
  RMDir /r "${FOLDER}\${INSIDE}"
  RMDir /r "${FOLDER}\${INSIDE}${ASIDE}"
  Delete "${FOLDER}\${EXE}"
  Delete "${FOLDER}\${EXE}${ASIDE}"
  Delete "${FOLDER}\${CONSOLE_EXE}"
  Delete "${FOLDER}\${CONSOLE_EXE}${ASIDE}"
  Delete "${FOLDER}\${UNINSTALLER}"
  RMDir "${FOLDER}"
!macroend

Function Tidy ; the new program is whole: the old one goes, also where it was in another folder
  RMDir /r "$INSTDIR\${INSIDE}${ASIDE}"
  Delete "$INSTDIR\${EXE}${ASIDE}"
  Delete "$INSTDIR\${CONSOLE_EXE}${ASIDE}"
  ${If} $OldVersion != ""
  ${AndIf} $OldFolder != $INSTDIR
    !insertmacro RemoveProgram "$OldFolder"
  ${EndIf}
FunctionEnd
