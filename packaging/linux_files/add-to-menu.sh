#!/bin/sh
# Puts Teahouse into the menu of this person, with its icon and its kinds of files, or takes it out again.
# Nothing here needs an administrator; Teahouse also starts without it: ./Teahouse
#
#   ./add-to-menu.sh            add
#   ./add-to-menu.sh --remove   take out again; conversations and models stay
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
data=${XDG_DATA_HOME:-$HOME/.local/share}
name=teahouse

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
zh*) chinese=yes ;;
*) chinese=no ;;
esac

say() {
    if [ "$chinese" = yes ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi
}

refresh() {
    # Where a desktop lacks one of these programs, it looks for itself at the next start.
    if command -v update-desktop-database >/dev/null; then update-desktop-database -q "$data/applications" || :; fi
    if command -v update-mime-database >/dev/null; then update-mime-database "$data/mime" || :; fi
    touch "$data/icons/hicolor" 2>/dev/null || :
}

files() {
    (cd "$here/share" && find icons mime -type f | LC_ALL=C sort)
}

remove() {
    files | while IFS= read -r file; do rm -f -- "$data/$file"; done
    rm -f -- "$data/applications/$name.desktop"
    refresh
    say "Teahouse is no longer in the menu. Conversations and models are where they were; this folder can be deleted." \
        "茶馆已从菜单中移除。对话和模型都还在原处；这个文件夹可以删除了。"
}

add() {
    case $here in
    *[\"\`\$\\%]* | *"
"*)
        say "The name of this folder has a sign (one of \" \` \$ \\ %) that menus cannot carry. Rename it and try again." \
            "这个文件夹的名称里有菜单不支持的符号（\" \` \$ \\ % 之一）。请改名后再试。" >&2
        exit 1
        ;;
    esac
    mkdir -p "$data/applications" "$data/icons/hicolor" "$data/mime/packages"
    files | while IFS= read -r file; do
        mkdir -p "$data/$(dirname -- "$file")"
        cp -f -- "$here/share/$file" "$data/$file"
    done
    while IFS= read -r line; do
        case $line in
        Exec=*) printf 'Exec="%s/Teahouse" %%F\n' "$here" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$here/share/applications/$name.desktop" >"$data/applications/$name.desktop"
    refresh
    say "Teahouse is in the menu now. It starts from this folder: leave the folder where it is, or run this again after moving it." \
        "茶馆已加入菜单。它从这个文件夹启动：请不要移动这个文件夹，移动之后要再运行一次本程序。"
}

case ${1:-} in
'') add ;;
--remove) remove ;;
*)
    say "Usage: ./add-to-menu.sh [--remove]" "用法：./add-to-menu.sh [--remove]" >&2
    exit 2
    ;;
esac
