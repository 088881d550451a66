import { describe, expect, it } from '@jest/globals';
import type { ScriptedResponse } from '../../src/testing/server/response.js';
import { scriptedRegistry } from '../../src/testing/scripted-registry.js';
import { outcomeOf, startProgram } from '../support/programs/child.js';
import { useClosing } from '../support/tools/closing.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const closing = useClosing();
const temp = useTempDir();
const MIB = 1024 * 1024;
const TAGS = 5_000_000;

function* tagList(count: number): Generator<string> {
  yield '{"name":"app","tags":["tag-first"';
  const step = 1000;
  for (let from = 1; from < count; from += step) {
    let text = '';
    for (let at = from; at < Math.min(from + step, count); at += 1) text += `,"tag-${at}"`;
    yield text;
  }
  yield ']}';
}

function* endless(): Generator<Uint8Array> {
  const piece = Buffer.alloc(MIB, '<p>');
  for (;;) yield piece;
}

/** Runs a program against a registry. Returns what it printed, and how far its peak of memory was above that of a run with an empty response. */
async function growth(
  program: string,
  response: ScriptedResponse,
): Promise<{ readonly printed: string; readonly bytes: number }> {
  const run = async (
    given: ScriptedResponse,
  ): Promise<{ readonly printed: string; readonly peak: number }> => {
    const registry = await closing(
      scriptedRegistry([
        { on: 'GET /v2/', response: {}, times: Infinity },
        { response: given, times: Infinity },
      ]),
    );
    const { stdout, stderr } = await outcomeOf(
      startProgram(temp.path(), `${program}; console.log('peak', process.resourceUsage().maxRSS * 1024);`, [
        `${registry.host}/app`,
      ]),
    );
    const [, printed = '', peak = ''] = /^(.*)\npeak (\d+)\n$/s.exec(stdout) ?? [];
    if (peak === '') throw new Error(`the program failed: ${stdout} ${stderr}`);
    return { printed, peak: Number(peak) };
  };
  const nothing = await run({ body: '{"name":"app","tags":[]}', status: response.status });
  const { printed, peak } = await run(response);
  return { printed, bytes: peak - nothing.peak };
}

const IMPORTS = `
import { parseReference } from 'ROOT/src/name/parse-reference.ts';
import { tags } from 'ROOT/src/remote/list.ts';
const repository = parseReference(process.argv[2]).context();
let count = 0;`;

describe('the memory of the client', () => {
  it('P5: does not grow with a list of five million tags', async () => {
    const program = `${IMPORTS}
      for await (const tag of tags(repository)) count += tag.startsWith('tag-') ? 1 : 0;
      console.log(count)`;
    const { printed, bytes } = await growth(program, { body: () => tagList(TAGS) });
    expect(Number(printed)).toBe(TAGS);
    expect(bytes).toBeLessThan(64 * MIB);
  }, 120_000);

  it('L20: does not grow with an error body that never ends', async () => {
    const program = `${IMPORTS}
      try { for await (const tag of tags(repository)) count += 1; } catch (error) { console.log(error.status ?? error.cause?.status) }`;
    const { printed, bytes } = await growth(program, { status: 405, body: endless });
    expect(printed).toBe('405');
    expect(bytes).toBeLessThan(64 * MIB);
  }, 120_000);

  it('L9: is not allocated for a size that is only announced', async () => {
    const program = `
      import { parseReference } from 'ROOT/src/name/parse-reference.ts';
      import { layer } from 'ROOT/src/remote/layer.ts';
      import { get } from 'ROOT/src/remote/get.ts';
      const text = process.argv[2] + '@sha256:' + 'a'.repeat(64);
      for (const run of [
        async () => get(parseReference(text), { retry: { attempts: 1 } }),
        async () => {
          const stream = await (await layer(parseReference(text))).compressed();
          stream.on('error', () => undefined);
          await new Promise((resolve) => stream.once('data', resolve));
          stream.destroy();
        },
      ]) await run().catch(() => undefined);
      console.log('done')`;
    const length = String(40 * 1024 * MIB);
    const { printed, bytes } = await growth(program, {
      headers: { 'content-length': length },
      body: '0123456789',
      cut: { after: 10 },
    });
    expect(printed).toBe('done');
    expect(bytes).toBeLessThan(64 * MIB);
  }, 120_000);
});
