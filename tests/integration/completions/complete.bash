# bash complete.bash FOLDER WORD...   prints what bash would complete the last word to, one per line
folder=$1
shift
source "$folder/$1"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"_$1" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
