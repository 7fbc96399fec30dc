# fish complete.fish FOLDER WORD...   prints what fish would complete the last word to, one per line
source $argv[1]/$argv[2].fish
complete --do-complete (string join ' ' -- $argv[2..]) | string replace --regex '\t.*' ''
