# zsh -f complete.zsh FOLDER WORD...   prints what zsh would complete the last word to, one per line
#
# zsh completes only where it edits a line, so another one does that, on a terminal of its own.
folder=$1
shift
zmodload zsh/zpty
TERM=dumb zpty inner zsh -f -i
answers() {  # reads to the mark
  local text
  zpty -r inner text "*$1*"
  print -rn -- ${text//$'\r'/}
}
zpty -w inner "PROMPT=; unsetopt prompt_sp prompt_cr; unset zle_bracketed_paste; fpath=(${(q)folder} \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w inner '
compadd() {
  local word
  local -a found
  for word; do [[ $word != -[OAD] ]] || { builtin compadd "$@"; return; }; done
  builtin compadd -O found "$@"
  print -rl -- "" $found
  builtin compadd "$@"
}
stop() { compstate[insert]=; compstate[list]=; print -r -- $'\''\n'\''"THE" "END"; }
show-all() { comppostfuncs=(stop); zle complete-word }
zle -N show-all
bindkey "^I" show-all'
zpty -w inner 'print -r -- "IT" "BEGINS"'
answers 'IT BEGINS' >/dev/null
zpty -w -n inner "${(j: :)@}"$'\t'
text=$(answers 'THE END')
zpty -d inner
# The line that is edited is echoed.
print -rl -- ${(f)text} | grep -v -e '^THE END' -e "^ *$1 "
