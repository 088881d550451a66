import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { gantry } from '../../support/programs/gantry.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
let app: string;
beforeEach(async () => {
  app = `${registry.host}/app:v1`;
  await crane.save(crane.image({ a: Buffer.from('a') }), app, temp.path('app.tar'));
});

/** Runs a push at a terminal, and types the text when a question is printed. */
async function pushAtTerminal(typed: string, ...flags: readonly string[]) {
  const keyboard = Object.defineProperties(new PassThrough(), { isTTY: { value: true } });
  return gantry(['push', temp.path('app.tar'), ...flags], {
    stdin: keyboard,
    terminal: { columns: 80, rows: 24 },
    onStderr: (text) => {
      if (text.endsWith('[y/N] ')) keyboard.write(typed);
    },
  });
}

const isPushed = async (): Promise<boolean> => (await gantry(['digest', app])).code === 0;

describe('a push to the names in an archive', () => {
  it.each(['y\n', 'Yes\n'])('happens after %j at a terminal', async (typed) => {
    const { code, stderr } = await pushAtTerminal(typed);
    expect(code).toBe(0);
    expect(stderr).toContain(`Push to ${app}? [y/N] `);
    expect(await isPushed()).toBe(true);
  });

  it.each(['\n', 'n\n', 'yellow\n'])('does not happen after %j', async (typed) => {
    const { code, stderr } = await pushAtTerminal(typed);
    expect(code).toBe(2);
    expect(stderr).toContain('Error: nothing was pushed; name the reference to push to, or give --yes\n');
    expect(await isPushed()).toBe(false);
  });

  it('is not asked about with --yes, with a reference, or without a terminal', async () => {
    for (const flags of [['--yes'], [app]]) {
      const { code, stderr } = await pushAtTerminal('n\n', ...flags);
      expect({ code, isAsked: stderr.includes('[y/N]') }).toEqual({ code: 0, isAsked: false });
    }
    expect(await gantry(['push', temp.path('app.tar')])).toMatchObject({ code: 0 });
  });

  it('does not happen if onReferences rejects', async () => {
    const refused = new Error('not these');
    const seen: (readonly string[])[] = [];
    const pushing = crane.pushTags(temp.path('app.tar'), {
      onReferences: async (references) => {
        seen.push(references);
        throw refused;
      },
    });
    await expect(pushing).rejects.toBe(refused);
    expect(seen).toEqual([[app]]);
    expect(await isPushed()).toBe(false);
  });
});
