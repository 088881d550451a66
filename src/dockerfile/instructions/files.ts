import { Problem } from '../parts/problem.js';
import { chompHeredoc, parseHeredocMark } from '../text/heredoc.js';
import { listOf } from './arguments.js';
import { parseFlags } from './flags.js';
import type { Statement } from './statement.js';
import type { AddInstruction, CopyInstruction, FilesInstruction, InlineFile } from './types.js';

const SHARED_FLAGS = { chown: 'string', chmod: 'string', link: 'boolean', exclude: 'strings' } as const;

export function parseAdd(statement: Statement): AddInstruction {
  const {
    link = false,
    'keep-git-dir': keepGitDir,
    ...flags
  } = parseFlags(statement.flags, {
    ...SHARED_FLAGS,
    'keep-git-dir': 'boolean',
    checksum: 'string',
    unpack: 'boolean',
  });
  return { kind: 'add', ...statement.base, ...filesOf(statement), ...flags, link, keepGitDir };
}

export function parseCopy(statement: Statement): CopyInstruction {
  const {
    link = false,
    parents = false,
    ...flags
  } = parseFlags(statement.flags, { ...SHARED_FLAGS, from: 'string', parents: 'boolean' });
  return { kind: 'copy', ...statement.base, ...filesOf(statement), ...flags, link, parents };
}

/** The sources and the destination; a source may be a heredoc. */
function filesOf(statement: Statement): Pick<FilesInstruction, 'sources' | 'inline' | 'destination'> {
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
