import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { crane, mutate } from '../../../src/index.js';
import { listStream } from '../../support/archives/list-tar.js';
import { multi } from '../../support/images/platform-images.js';
import { gantry, type Outcome } from '../../support/programs/gantry.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';
import { ENV } from '../building/use-builds.js';

const registry = useRegistry();
const temp = useTempDir();

/** A terminal as standard input, which only the editor reads. */
function terminal(): Readable {
  return Object.defineProperty(Readable.from([]), 'isTTY', { value: true });
}

/** An editor that runs a script of a shell, in which `$file` is the file. */
async function editor(script: string): Promise<string> {
  const program = temp.path('an editor');
  await writeFile(program, `#!/bin/sh\nfile="$1"\n${script}\n`);
  await chmod(program, 0o755);
  return `'${program}'`;
}

async function edit(
  args: readonly string[],
  script: string | undefined,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const EDITOR = script === undefined ? {} : { EDITOR: await editor(script) };
  return gantry(['edit', ...args], {
    stdin: terminal(),
    env: { ...ENV, PATH: process.env.PATH, ...EDITOR, ...env },
  });
}

async function pushImage(tag = 'app:1'): Promise<string> {
  const reference = `${registry.host}/${tag}`;
  const image = crane.image({ 'etc/motd': 'hello\n' });
  await crane.push(mutate.config(image, { Cmd: ['a'], Labels: { big: '12345678901234567890' } }), reference);
  return reference;
}

async function motdOf(reference: string): Promise<string | undefined> {
  const entries = await listStream(await readAll(mutate.extract(await crane.pull(reference))));
  return entries.find(({ name }) => name === 'etc/motd')?.body;
}

describe('gantry edit config', () => {
  it('indents the config for the editor, and pushes what was saved on one line', async () => {
    const reference = await pushImage();
    const before = Buffer.from(await crane.config(reference)).toString();
    const result = await edit(
      ['config', reference],
      `cp "$file" '${temp.path('seen')}'; sed -i 's/"a"/"b"/' "$file"`,
    );
    expect(result).toMatchObject({
      code: 0,
      stdout: `${registry.host}/app@${await crane.digest(reference)}\n`,
    });
    expect(await readFile(temp.path('seen'), 'utf8')).toBe(
      `${JSON.stringify(JSON.parse(before), null, 2)}\n`,
    );
    expect(Buffer.from(await crane.config(reference)).toString()).toBe(before.replace('"a"', '"b"'));
    expect(await motdOf(reference)).toBe('hello\n');
  });

  it('pushes nothing if only blanks have changed, or nothing', async () => {
    const reference = await pushImage();
    const digest = await crane.digest(reference);
    for (const script of [':', 'printf "\\n\\n" >> "$file"']) {
      const result = await edit(['config', reference, '-t', `${registry.host}/app:2`], script);
      expect(result).toMatchObject({ code: 0, stdout: '' });
      expect(result.stderr).toContain('nothing has changed, so nothing was pushed');
    }
    expect(await crane.listTags(`${registry.host}/app`)).toEqual(['1']);
    expect(await crane.digest(reference)).toBe(digest);
  });

  it('refuses what is not JSON with its line and column, and keeps the text in a file', async () => {
    const reference = await pushImage();
    const digest = await crane.digest(reference);
    const result = await edit(['config', reference], 'printf \'{\\n  "a": x\\n}\' > "$file"');
    expect(result.code).toBe(6);
    expect(result.stderr).toContain('the config is not JSON from line 2, column 8 on');
    const kept = /your text is kept in (.*)/.exec(result.stderr)?.[1] ?? '';
    expect(await readFile(kept, 'utf8')).toBe('{\n  "a": x\n}');
    expect(await crane.digest(reference)).toBe(digest);
  });

  it('replaces the config by standard input if that is not a terminal', async () => {
    const reference = await pushImage();
    const config = Buffer.from(await crane.config(reference))
      .toString()
      .replace('"a"', '"c"');
    const result = await gantry(['edit', 'config', reference, '-t', `${registry.host}/app:2`, '--json'], {
      stdin: `${config}\n`,
    });
    expect(JSON.parse(result.stdout)).toMatchObject({ digest: await crane.digest(`${registry.host}/app:2`) });
    expect(Buffer.from(await crane.config(`${registry.host}/app:2`)).toString()).toBe(`${config}\n`);
    const empty = await gantry(['edit', 'config', reference], { stdin: '' });
    expect(empty).toMatchObject({ code: 6, stdout: '' });
    const list = await gantry(['edit', 'config', reference], { stdin: '[]' });
    expect(list.stderr).toContain('the config is not a JSON object');
  });

  it('changes nothing if the editor fails or does not exist', async () => {
    const reference = await pushImage();
    const digest = await crane.digest(reference);
    const failed = await edit(['config', reference], 'echo x > "$file"; exit 3');
    expect(failed).toMatchObject({ code: 2, stdout: '' });
    expect(failed.stderr).toContain('the editor ended with 3');
    const missing = await edit(['config', reference], undefined, { EDITOR: '/none/editor --wait' });
    expect(missing.stderr).toContain('the editor "/none/editor --wait" was not found');
    expect(await crane.digest(reference)).toBe(digest);
  });

  it('prefers VISUAL, whose arguments it passes on, and removes its file', async () => {
    const reference = await pushImage();
    const program = await editor('echo "$@" > "$0.args"; sed -i s/a/a/ "$2"');
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('gantry-edit-'));
    await edit(['config', reference], undefined, { VISUAL: `${program} --wait`, EDITOR: 'false' });
    const args = await readFile(temp.path('an editor.args'), 'utf8');
    expect(args).toMatch(/^--wait .*edit\.json\n$/);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('gantry-edit-'))).toEqual(before);
  });

  it('edits the image of an index for --platform, and warns that the index is replaced', async () => {
    const reference = `${registry.host}/multi:1`;
    await crane.push(multi, reference);
    const result = await edit(
      ['config', reference, '--platform', 'linux/arm64'],
      `sed -i 's/{/{"author":"me",/;q' "$file"`,
    );
    expect(result.stderr).toContain('replaces the index');
  });
});

describe('gantry edit manifest', () => {
  it('pushes the manifest with exactly the bytes that it got', async () => {
    const reference = await pushImage();
    const manifest = JSON.parse(Buffer.from(await crane.manifest(reference)).toString()) as object;
    const text = `${JSON.stringify({ ...manifest, annotations: { a: 'b' } }, null, 4)}\n`;
    const result = await gantry(['edit', 'manifest', reference], { stdin: text });
    expect(result).toMatchObject({
      code: 0,
      stdout: `${registry.host}/app@${await crane.digest(reference)}\n`,
    });
    expect(Buffer.from(await crane.manifest(reference)).toString()).toBe(text);
  });

  it('edits an index by its digest in an editor, and pushes it under the new digest', async () => {
    await crane.push(multi, `${registry.host}/multi:1`);
    const digest = await crane.digest(`${registry.host}/multi:1`);
    const result = await edit(
      ['manifest', `${registry.host}/multi@${digest}`],
      `sed -i 's/arm64/riscv64/' "$file"`,
    );
    const reference = result.stdout.trim();
    expect(reference).not.toContain(digest);
    expect(Buffer.from(await crane.manifest(reference)).toString()).toContain('"riscv64"');
    expect(await crane.digest(`${registry.host}/multi:1`)).toBe(digest);
  });

  it('refuses a location that is not a registry', async () => {
    const result = await gantry(['edit', 'manifest', `oci:${temp.path('none')}`], { stdin: '{}' });
    expect(result.stderr).toContain('only a manifest in a registry can be edited');
  });
});

describe('gantry edit fs', () => {
  it('edits a file in an editor, with the suffix of its name', async () => {
    const reference = await pushImage();
    const result = await edit(['fs', reference, '-f', '/etc/motd'], 'echo more >> "$file"');
    expect(result.code).toBe(0);
    expect(await motdOf(reference)).toBe('hello\nmore\n');
    const unchanged = await edit(['fs', reference, '-f', 'etc/motd'], ':');
    expect(unchanged).toMatchObject({ code: 0, stdout: '' });
    const { history } = await (await crane.pull(reference)).configFile();
    expect(history?.at(-1)?.created_by).toBe('gantry edit fs /etc/motd');
  });

  it('replaces a file by standard input, and creates one that does not exist', async () => {
    const reference = await pushImage();
    await gantry(['edit', 'fs', reference, '-f', '/etc/motd', '-t', `${registry.host}/app:2`], {
      stdin: 'new',
    });
    expect(await motdOf(`${registry.host}/app:2`)).toBe('new');
    expect(await motdOf(reference)).toBe('hello\n');
    const created = await edit(['fs', reference, '-f', '/app/new.conf'], 'basename "$file" > "$file"');
    expect(created.code).toBe(0);
    const layer = (await (await crane.pull(reference)).layers()).at(-1)!;
    const entries = await listStream(await readAll(await layer.uncompressed()));
    expect(entries.at(-1)).toMatchObject({ name: 'app/new.conf', body: 'edit.conf\n', mode: 0o644 });
  });

  it('fails for a directory, and without a file', async () => {
    const reference = await pushImage();
    const directory = await edit(['fs', reference, '-f', '/etc'], ':');
    expect(directory.stderr).toContain('/etc cannot be edited: it is not a file but a directory');
    expect((await edit(['fs', reference], ':')).code).toBe(2);
  });
});
