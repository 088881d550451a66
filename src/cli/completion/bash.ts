import type { Context } from './words.js';

/** For bash 3.2 and newer, with nothing else installed. */
export function bashScript(contexts: readonly Context[]): string {
  const cases = contexts.map(({ path, words, files }) => {
    const list = words.map(({ text }) => text).join(' ');
    return `    ${quoted(path)}) words='${list}'; files=${files ? 1 : 0} ;;`;
  });
  const values = unique(
    contexts.flatMap((context) =>
      [...context.values].map(
        ([flag, choices]) =>
          `    ${quoted(`${context.path} ${flag}`)}) words='${choices.join(' ')}'; files=0 ;;`,
      ),
    ),
  );
  const free = contexts.flatMap(({ path, free }) => free.map((flag) => quoted(`${path} ${flag}`)));
  const paths = contexts.map(({ path }) => quoted(path)).join('|');
  return `# bash completion for gantry: source it, or put it into bash_completion.d
_gantry() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command='' words='' files=0 at
  for ((at = 1; at < COMP_CWORD; at++)); do
    local longer="\${command:+$command }\${COMP_WORDS[at]}"
    case "$longer" in
    ${paths}) command="$longer" ;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  case "$command $previous" in
${values.join('\n')}
${free.length === 0 ? '' : `    ${free.join('|')}) words=''; files=1 ;;`}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if ((files)); then COMPREPLY+=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _gantry gantry
`;
}

const quoted = (text: string): string => `'${text}'`;
const unique = (lines: readonly string[]): string[] => [...new Set(lines)];
