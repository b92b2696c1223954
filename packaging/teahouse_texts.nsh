; What the installer and the uninstaller say, each text in both languages. Included by teahouse.nsi after the
; languages of NSIS; a test sees to it that no text stands in one language only.

!macro Text NAME ENGLISH CHINESE
  LangString ${NAME} ${LANG_ENGLISH} "${ENGLISH}"
  LangString ${NAME} ${LANG_SIMPCHINESE} "${CHINESE}"
!macroend

!define LINE "$\r$\n"

!insertmacro Text AppName "${APP_NAME}" "${APP_NAME_ZH}"
!insertmacro Text About "Chat privately and offline" "不联网的私密聊天"
!insertmacro Text WindowTitle "Install ${APP_NAME}" "安装${APP_NAME_ZH}"
!insertmacro Text UnWindowTitle "Remove ${APP_NAME}" "卸载${APP_NAME_ZH}"

; The first page
!insertmacro Text WelcomeTitle "Welcome to ${APP_NAME}" "欢迎来到${APP_NAME_ZH}"
!insertmacro Text WelcomeText \
  "Chat with open language models on your own computer, without the internet.${LINE}${LINE}${APP_NAME} is installed for your account only. No administrator is needed, and nothing else on this computer is changed.${LINE}${LINE}Click Next to go on." \
  "在自己的电脑上与开放的语言模型聊天，不需要联网。${LINE}${LINE}${APP_NAME_ZH}只为您的账户安装，不需要管理员权限，也不会改动电脑上的其他内容。${LINE}${LINE}请点击“下一步”继续。"
!insertmacro Text UpgradeTitle "${APP_NAME} is already here" "这台电脑上已经有${APP_NAME_ZH}"
!insertmacro Text UpgradeText \
  "Version $OldVersion is installed. It becomes version ${VERSION}.${LINE}${LINE}Your conversations, your models and your settings stay as they are.${LINE}${LINE}Click Install to go on." \
  "已安装的版本是 $OldVersion，将换成 ${VERSION}。${LINE}${LINE}您的对话、模型和设置都保持原样。${LINE}${LINE}请点击“安装”继续。"
!insertmacro Text AgainText \
  "This version, ${VERSION}, is installed already. Installing it again mends its program files.${LINE}${LINE}Your conversations, your models and your settings stay as they are.${LINE}${LINE}Click Install to go on." \
  "已经安装了这个版本（${VERSION}）。再次安装可以修复程序文件。${LINE}${LINE}您的对话、模型和设置都保持原样。${LINE}${LINE}请点击“安装”继续。"

; The folder
!insertmacro Text FolderTitle "Where should ${APP_NAME} go?" "把${APP_NAME_ZH}安装到哪里？"
!insertmacro Text FolderSubtitle "The suggested folder is fine for most people." "大多数情况下，使用建议的文件夹就可以。"
!insertmacro Text FolderText \
  "This is the folder for the program itself. Conversations and models are kept in a folder of their own, so that they stay when the program is replaced or removed." \
  "这里放的是程序本身。对话和模型存放在另外的文件夹里，更新或卸载程序时不受影响。"
!insertmacro Text FolderTooLong \
  "The name of this folder is too long for Windows:${LINE}$INSTDIR${LINE}${LINE}Please choose a shorter one." \
  "这个文件夹的路径对 Windows 来说太长了：${LINE}$INSTDIR${LINE}${LINE}请选择路径短一些的文件夹。"
!insertmacro Text FolderClosed \
  "Nothing can be written into this folder:${LINE}$INSTDIR${LINE}${LINE}Please choose another one." \
  "无法写入这个文件夹：${LINE}$INSTDIR${LINE}${LINE}请选择别的文件夹。"
!insertmacro Text NoRoom \
  "There is not enough room on the disk: installing needs $NeededMB MB, and $FreeMB MB are free.${LINE}${LINE}Nothing was changed. Make room and start the installer again." \
  "磁盘空间不足：安装需要 $NeededMB MB，现在只有 $FreeMB MB。${LINE}${LINE}没有做任何改动。请腾出空间后再次运行安装程序。"

; While it works
!insertmacro Text StillOpen \
  "${APP_NAME} is open.${LINE}${LINE}Please close its window and click Retry. What was written is kept." \
  "${APP_NAME_ZH}正在运行。${LINE}${LINE}请关闭它的窗口，然后点击“重试”。已经写下的内容会保留。"
!insertmacro Text PartMissing \
  "A second file belongs to this installer and is not beside it:${LINE}$PartName${LINE}${LINE}Put both into one folder and start the installer again. Nothing was changed." \
  "这个安装程序还需要另一个文件，但它不在同一个文件夹里：${LINE}$PartName${LINE}${LINE}请把它们放在同一个文件夹里，再次运行安装程序。没有做任何改动。"
!insertmacro Text Failed \
  "${APP_NAME} could not be installed. What was there before is in place again.${LINE}${LINE}Is the disk full, or does a security program hold the files? Please try again." \
  "未能安装${APP_NAME_ZH}，原有的内容已经恢复。${LINE}${LINE}可能是磁盘已满，或者文件被安全软件占用。请再试一次。"
!insertmacro Text OldWindows "${APP_NAME} needs Windows 10 or newer." "${APP_NAME_ZH}需要 Windows 10 或更新的版本。"
!insertmacro Text Working "This takes a minute or two." "大约需要一两分钟。"

; The last page
!insertmacro Text DoneTitle "${APP_NAME} is ready" "${APP_NAME_ZH}已经准备好"
!insertmacro Text DoneText \
  "You will find ${APP_NAME} in the Start menu.${LINE}${LINE}A small model for trying it out is included. Others can be dropped onto the window." \
  "您可以在开始菜单里找到${APP_NAME_ZH}。${LINE}${LINE}已附带一个供试用的小模型；其他模型拖到窗口里就能添加。"
!insertmacro Text StartNow "Start ${APP_NAME} now" "现在打开${APP_NAME_ZH}"
!insertmacro Text OnDesktop "Put a shortcut on the desktop" "在桌面上放一个快捷方式"

; Kinds of files, as Explorer names them
!insertmacro Text PackKind "${APP_NAME} model pack" "${APP_NAME_ZH}模型包"
!insertmacro Text GgufKind "Language model" "语言模型"

; Removing
!insertmacro Text RemoveTitle "Remove ${APP_NAME}" "卸载${APP_NAME_ZH}"
!insertmacro Text RemoveSubtitle "What should stay on this computer?" "哪些内容留在这台电脑上？"
!insertmacro Text RemoveText \
  "The program is removed. Your conversations and your models stay, and a later installation finds them again. Tick what should be deleted as well." \
  "程序将被移除。您的对话和模型会保留，以后重新安装时可以继续使用。如果也要删除，请勾选。"
!insertmacro Text DeleteConversations "Also delete my conversations and settings" "同时删除我的对话和设置"
!insertmacro Text DeleteModels "Also delete the models" "同时删除模型"
!insertmacro Text PlaceNone "There are none." "没有内容。"
!insertmacro Text PlaceSize "$SizeMB MB in $Place" "$SizeMB MB，位于 $Place"
!insertmacro Text PlaceGone "Not there now, and left alone: $Place" "现在找不到，不会改动：$Place"
!insertmacro Text PlaceUnknown \
  "They were moved, and the note that says where cannot be read. They are left alone." \
  "它们被移到了别处，而记录位置的文件无法读取，因此不会改动。"
!insertmacro Text PlaceWide \
  "Left alone, because other things lie in this folder as well: $Place" \
  "这个文件夹里还有其他内容，因此不会改动：$Place"
!insertmacro Text RemoveButton "Remove" "卸载"
!insertmacro Text ReallyDelete \
  "What you ticked is deleted for good and cannot be brought back.${LINE}${LINE}Delete it?" \
  "勾选的内容将被永久删除，无法找回。${LINE}${LINE}确定删除吗？"
!insertmacro Text RemovedTitle "${APP_NAME} was removed" "${APP_NAME_ZH}已卸载"
!insertmacro Text ConversationsKept "Your conversations are still here:${LINE}$DataDir" "您的对话仍保留在：${LINE}$DataDir"
!insertmacro Text ConversationsGone "Your conversations and settings were deleted." "您的对话和设置已删除。"
!insertmacro Text ModelsKept "Your models are still here:${LINE}$ModelsDir" "您的模型仍保留在：${LINE}$ModelsDir"
!insertmacro Text ModelsGone "The models were deleted." "模型已删除。"
!insertmacro Text AboutConversations "Conversations: $Told" "对话：$Told"
!insertmacro Text AboutModels "Models: $Told" "模型：$Told"
!insertmacro Text NothingLeft "Nothing of it is left on this computer." "电脑上没有留下它的任何内容。"
!insertmacro Text SomeLeft "Some files could not be deleted; they may be open in another program." "有些文件未能删除，可能正被其他程序使用。"
