import { describe, expect, it } from '@jest/globals';

import { outcomeOf, startProgram } from './child.js';
import { useTempDir } from '../tools/temp-dir.js';

const temp = useTempDir();

describe('programs that start at the same time in one directory', () => {
  it('do not share a file: each one runs what it was given', async () => {
    const words = ['first', 'second', 'third', 'fourth'];
    const outcomes = await Promise.all(
      words.map(async (word) => outcomeOf(startProgram(temp.path(), `console.log('${word}')`))),
    );
    expect(outcomes).toEqual(words.map((word) => ({ code: 0, stdout: `${word}\n`, stderr: '' })));
  });
});
