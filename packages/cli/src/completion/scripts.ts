/**
 * What a shell evaluates so that Tab works. Each asks the program itself, `slipway complete -- <words>`, which answers a
 * candidate a line: the word, a tab, what it means. The line `:files` means files.
 */
export const scripts: Readonly<Record<"bash" | "zsh" | "fish", string>> = {
  bash: `# Completion of slipway for bash. In ~/.bashrc: eval "$(slipway completion bash)"
_slipway() {
  local line words word
  # Bash takes = and : for the ends of words; the program does not.
  words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
      compopt -o filenames 2>/dev/null
      continue
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(slipway complete -- "\${words[@]}" 2>/dev/null)
}
complete -o nosort -F _slipway slipway 2>/dev/null || complete -F _slipway slipway
`,
  zsh: `#compdef slipway
# Completion of slipway for zsh. In ~/.zshrc, after compinit: eval "$(slipway completion zsh)"
_slipway() {
  local line
  local -a found
  for line in "\${(@f)$(slipway complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      _files
      continue
    fi
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( \${#found} )) && _describe -V slipway found
}
if [[ $funcstack[1] == _slipway ]]; then _slipway "$@"; else compdef _slipway slipway; fi
`,
  fish: `# Completion of slipway for fish. In ~/.config/fish/config.fish: slipway completion fish | source
function __slipway_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (slipway complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c slipway -f -a "(__slipway_complete)"
`,
};
