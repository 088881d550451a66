import type { Context } from './words.js';

/** For fish, which needs one line for each word that may follow. */
export function fishScript(contexts: readonly Context[]): string {
  const paths = contexts.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const lines = contexts.flatMap(({ path, words, files, values, free }) => {
    const when = `-n ${quoted(`test (__gantry_command) = "${path}"`)}`;
    return [
      ...(files ? [`complete -c gantry ${when} -F`] : []),
      ...words.map(({ text, description }) => {
        const what = `-d ${quoted(description)}`;
        if (!text.startsWith('-')) return `complete -c gantry ${when} -f -a ${quoted(text)} ${what}`;
        const name = text.startsWith('--') ? `-l ${text.slice(2)}` : `-s ${text.slice(1)}`;
        const choices = values.get(text);
        const value = choices === undefined ? '' : ` -x -a ${quoted(choices.join(' '))}`;
        return `complete -c gantry ${when} ${name}${free.includes(text) ? ' -r' : value} ${what}`;
      }),
    ];
  });
  return `# fish completion for gantry
function __gantry_command
  set -l command ''
  for word in (commandline -opc)[2..]
    set -l longer (string trim -- "$command $word")
    switch $longer
      case ${paths.join(' ')}
        set command $longer
    end
  end
  echo $command
end
complete -c gantry -f
${lines.join('\n')}
`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
