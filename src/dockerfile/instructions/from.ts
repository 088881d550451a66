import { Problem } from '../parts/problem.js';
import { blankList } from './arguments.js';
import { parseFlags } from './flags.js';
import type { Statement } from './statement.js';
import type { FromInstruction } from './types.js';

export function parseFrom({ flags, rest, base: common }: Statement): FromInstruction {
  const { platform } = parseFlags(flags, { platform: 'string' });
  const [base, as, writtenName, ...more] = blankList(rest);
  const { offset } = rest;
  if (base === undefined) {
    throw new Problem('arguments', 'FROM needs an image', {
      offset,
      hint: 'write FROM scratch for an empty base',
    });
  }
  if (as === undefined) return { kind: 'from', ...common, base, ...(platform !== undefined && { platform }) };
  if (as.toLowerCase() !== 'as' || writtenName === undefined || more.length > 0) {
    throw new Problem('arguments', 'FROM has more arguments than an image and a name', {
      offset,
      hint: 'write FROM IMAGE, or FROM IMAGE AS NAME',
    });
  }
  const name = writtenName.toLowerCase();
  if (!/^[a-z][a-z0-9_.-]*$/.test(name)) {
    throw new Problem('stage', `the name ${JSON.stringify(writtenName)} of the stage is invalid`, {
      offset,
      hint: 'a name starts with a letter, and has letters, digits, `-`, `_` and `.`',
    });
  }
  return {
    kind: 'from',
    ...common,
    base,
    name,
    writtenName,
    writtenAs: as,
    ...(platform !== undefined && { platform }),
  };
}
