import { Problem } from '../parts/problem.js';
import { chompHeredoc, parseHeredocMark } from '../text/heredoc.js';
import { listOf } from './arguments.js';
import { parseFlags } from './flags.js';
import type { Statement } from './statement.js';
import type { AddInstruction, CopyInstruction, InlineFile } from './types.js';

export function parseAdd(statement: Statement): AddInstruction {
  const flags = parseFlags(statement.flags, {
    chown: 'string',
    chmod: 'string',
    link: 'boolean',
    'keep-git-dir': 'boolean',
    checksum: 'string',
    unpack: 'boolean',
    exclude: 'strings',
  });
  return {
    kind: 'add',
    ...statement.base,
    ...filesOf(statement),
    ...{ chown: flags.chown, chmod: flags.chmod, link: flags.link ?? false, exclude: flags.exclude },
    ...{ keepGitDir: flags['keep-git-dir'], checksum: flags.checksum, unpack: flags.unpack },
  };
}

export function parseCopy(statement: Statement): CopyInstruction {
  const flags = parseFlags(statement.flags, {
    from: 'string',
    chown: 'string',
    chmod: 'string',
    link: 'boolean',
    parents: 'boolean',
    exclude: 'strings',
  });
  return {
    kind: 'copy',
    ...statement.base,
    ...filesOf(statement),
    ...{ from: flags.from, chown: flags.chown, chmod: flags.chmod },
    ...{ link: flags.link ?? false, parents: flags.parents ?? false, exclude: flags.exclude },
  };
}

/** The sources and the destination; a source may be a heredoc. */
function filesOf(statement: Statement): {
  readonly sources: readonly string[];
  readonly inline: readonly InlineFile[];
  readonly destination: string;
} {
  const { name, rest, heredocs } = statement;
  const words = listOf(statement);
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) {
    throw new Problem('arguments', `${name} needs at least one source and a destination`, {
      offset: rest.offset,
    });
  }
  if (parseHeredocMark(destination) !== undefined) {
    throw new Problem('heredoc', `the destination of ${name} cannot be a heredoc`, { offset: rest.offset });
  }
  const bodies = new Map(heredocs.map((heredoc) => [heredoc.name, heredoc.content]));
  const sources: string[] = [];
  const inline: InlineFile[] = [];
  for (const word of words.slice(0, -1)) {
    const mark = parseHeredocMark(word);
    if (mark === undefined) sources.push(word);
    else {
      const body = bodies.get(mark.name) ?? '';
      inline.push({ name: mark.name, content: mark.chomp ? chompHeredoc(body) : body, expand: mark.expand });
    }
  }
  return { sources, inline, destination };
}
