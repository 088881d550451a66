import type { Context } from './words.js';

/** For zsh with its completion system (\`compinit\`). */
export function zshScript(contexts: readonly Context[]): string {
  const cases = contexts.map(({ path, words, files }) => {
    const list = words.map(({ text, description }) => `      ${quoted(`${escaped(text)}:${description}`)}`);
    return `    ${quoted(path)})\n      words_=(\n${list.join('\n')}\n      ); files=${files ? 1 : 0} ;;`;
  });
  const values = contexts.flatMap((context) =>
    [...context.values].map(
      ([flag, choices]) =>
        `    ${quoted(`${context.path} ${flag}`)}) compadd -- ${choices.join(' ')}; return ;;`,
    ),
  );
  const free = contexts.flatMap(({ path, free }) => free.map((flag) => quoted(`${path} ${flag}`)));
  const paths = contexts.map(({ path }) => quoted(path)).join('|');
  return `#compdef gantry
_gantry() {
  local command='' longer files=0 at
  local -a words_
  for ((at = 2; at < CURRENT; at++)); do
    longer="\${command:+$command }\${words[at]}"
    case "$longer" in
    ${paths}) command="$longer" ;;
    esac
  done
  case "$command \${words[CURRENT-1]}" in
${values.join('\n')}
${free.length === 0 ? '' : `    ${free.join('|')}) _files; return ;;`}
  esac
  case "$command" in
${cases.join('\n')}
  esac
  _describe -t commands gantry words_
  if ((files)); then _files; fi
}
if [ "\${funcstack[1]}" = _gantry ]; then _gantry; else compdef _gantry gantry; fi
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const escaped = (text: string): string => text.replaceAll(':', '\\:');
