import type { CommandOutline, FlagOutline } from '../../src/cli/completion/outline.js';

const INTRODUCTION = `<!-- Made from the commands themselves: UPDATE_DOCS=1 npm run jest test/cli/docs -->

# gantry

\`gantry\` has the commands of [crane](https://github.com/google/go-containerregistry/tree/main/cmd/crane), with the same
arguments, flags and outputs. To use it in a script that calls crane, replace the word \`crane\`.

- Data goes to stdout; progress, warnings and errors go to stderr. An error is one line that says what to do.
- Credentials come from docker's and podman's configuration; \`gantry auth login\` stores them there.
- Images are read from, and written to, registries and other [locations](guide/copying.md#locations): \`oci:DIR:TAG\`,
  \`oci-archive:FILE:TAG\`, \`docker-archive:FILE:TAG\`, \`docker-daemon:IMAGE\`, or a path that begins with \`/\`, \`./\` or \`../\`.
- Progress is bars on a terminal and lines elsewhere; \`--progress=json\` prints one document per event.
- Text from registries and archives never controls the terminal: control, bidirectional and invisible characters are
  shown as \`\\u001b\`, always on stderr and in tables, and on stdout if it is a terminal. A pipe or a file gets the
  bytes as they are. An archive is never written to a terminal.
- Output is never coloured, so \`NO_COLOR\` changes nothing. \`HTTPS_PROXY\`, \`HTTP_PROXY\`, \`NO_PROXY\`
  and \`NODE_EXTRA_CA_CERTS\` are used.

## Exit codes

| code | meaning                                                                                           |
| ---- | ------------------------------------------------------------------------------------------------- |
| 0    | success; for \`registry serve\`, also after a signal                                                |
| 1    | failed in a way that no other code covers, such as a full disk                                    |
| 2    | usage: arguments, flags, references                                                               |
| 3    | not found: an image, tag, blob, repository or file                                                |
| 4    | authentication: credentials are missing or refused                                                |
| 5    | network: the registry cannot be reached, or responds with an error                                |
| 6    | verification: content does not match its digest, or a document or archive is invalid              |
| 10   | \`check-base\`: the image is not built on the present content of its base                          |
| 11   | \`check-base\`: the base is not known, or cannot be compared                                       |
| 129  | hung up by \`SIGHUP\`                                                                               |
| 130  | interrupted by \`SIGINT\`                                                                           |
| 141  | the reader of stdout closed it, as \`head\` does                                                    |
| 143  | ended by \`SIGTERM\`                                                                                |

After a signal, temporary files are removed and the process ends within two seconds; a second signal ends it at once.
If there are several failures, as in \`copy --all-tags\`, the exit code is that of the first one.
`;

/** Renders docs/cli.md with every command, in the order of the help. */
export function renderDocs(program: CommandOutline): string {
  const leaves = program.commands.flatMap(commandsOf);
  return [
    INTRODUCTION,
    '## Global flags\n',
    'These flags may precede or follow the command.\n',
    table('flag', program.flags.map(flagRow)),
    '',
    ...leaves.map(section),
  ].join('\n');
}

function commandsOf(command: CommandOutline): readonly CommandOutline[] {
  // A command may have arguments of its own beside its subcommands.
  const own = command.commands.length === 0 || command.arguments.length > 0 ? [command] : [];
  return [...own, ...command.commands.flatMap(commandsOf)];
}

function section(command: CommandOutline): string {
  const { path, aliases, description, usage, example } = command;
  const parts = [
    `## gantry ${path.join(' ')}\n`,
    `${sentence(description)}\n`,
    ...(aliases.length === 0 ? [] : [`Another name is \`${aliases.join('`, `')}\`.\n`]),
    '```sh',
    `gantry ${path.join(' ')} ${usage}`.trim(),
    '```\n',
  ];
  if (command.arguments.length > 0) {
    const rows = command.arguments.map(
      ({ name, description, choices }) => [`\`${name}\``, withChoices(description, choices)] as const,
    );
    parts.push(table('argument', rows), '');
  }
  if (command.flags.length > 0) parts.push(table('flag', command.flags.map(flagRow)), '');
  if (example !== undefined) parts.push('For example:\n', '```sh', example, '```\n');
  return parts.join('\n');
}

type Row = readonly [name: string, meaning: string];

function flagRow({ flags, description, choices, fallback }: FlagOutline): Row {
  const normally = fallback === undefined ? '' : ` (default: ${fallback})`;
  return [`\`${flags}\``, withChoices(description, choices) + normally];
}

function withChoices(description: string, choices: readonly string[]): string {
  return choices.length === 0 ? description : `${description}: ${choices.join(', ')}`;
}

/** A Markdown table, formatted as prettier does. */
function table(title: string, rows: readonly Row[]): string {
  const cells = [[title, 'meaning'] as const, ...rows].map((row) =>
    row.map((cell) => cell.replaceAll('|', '\\|')),
  );
  const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [head, ...body] = cells.map(line);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;
