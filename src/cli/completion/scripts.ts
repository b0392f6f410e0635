/**
 * What a shell is told: to ask `slipway complete -- <words>`, which answers a line a candidate (word, tab, description).
 * So nothing in them ages, and names of slipway.yaml are as new as the file.
 */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Works in bash 3.2 (macOS), too: no mapfile there. */
const BASH = `# bash completion of slipway; in ~/.bashrc:  eval "$(slipway completion bash)"
_slipway() {
  local line typed="\${COMP_WORDS[COMP_CWORD]}"
  local -a words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  # \`=\` is a word of its own to bash: what comes after it is completed alone.
  [[ $typed == '=' ]] && words+=('')
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(slipway complete -- "\${words[@]}" 2>/dev/null)
  return 0
}
complete -o default -F _slipway slipway
`;

const ZSH = `#compdef slipway
# zsh completion of slipway; in ~/.zshrc, after compinit:  eval "$(slipway completion zsh)"
_slipway() {
  local line
  local -a found
  for line in "\${(@f)$(slipway complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#found )); then
    _describe -V slipway found
  else
    _files
  fi
}
if [[ $funcstack[1] == _slipway ]]; then
  _slipway "$@"
else
  compdef _slipway slipway
fi
`;

const FISH = `# fish completion of slipway; in ~/.config/fish/config.fish:  slipway completion fish | source
function __slipway_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (slipway complete -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c slipway -f -a '(__slipway_complete)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
