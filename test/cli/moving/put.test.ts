import { writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { amd } from '../../support/images/platform-images.js';
import { gantry } from '../../support/programs/gantry.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { sha256Of } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
const content = Buffer.from('{"spdx":true}');
let app: string;
beforeEach(() => {
  app = `${registry.host}/team/app`;
});

describe('blob put', () => {
  it('uploads a file, which `blob` prints', async () => {
    await writeFile(temp.path('sbom.json'), content);
    const put = await gantry(['blob', 'put', app, temp.path('sbom.json'), '--quiet']);
    expect(put).toMatchObject({ code: 0, stdout: `${app}@${sha256Of(content)}\n`, stderr: '' });
    expect(await gantry(['blob', put.stdout.trim()])).toMatchObject({ code: 0, stdout: content.toString() });
  });

  it('reads stdin, and describes the blob with --json', async () => {
    const args = ['blob', 'put', '--json', '--media-type', 'application/spdx+json', app, '-'];
    const { code, stdout } = await gantry(args, { stdin: content });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      reference: `${app}@${sha256Of(content)}`,
      digest: sha256Of(content),
      mediaType: 'application/spdx+json',
      size: content.byteLength,
    });
  });

  it('fails with exit code 3 if the file does not exist', async () => {
    expect(await gantry(['blob', 'put', app, temp.path('none')])).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('manifest put', () => {
  it('puts a manifest from a file and from stdin, byte for byte', async () => {
    await crane.push(amd, `${app}:v1`);
    const bytes = Buffer.from(await amd.rawManifest());
    await writeFile(temp.path('manifest.json'), bytes);
    const printed = { code: 0, stdout: `${app}@${await amd.digest()}\n`, stderr: '' };
    const file = await gantry(['manifest', 'put', `${app}:file`, temp.path('manifest.json'), '--quiet']);
    expect(file).toMatchObject(printed);
    const stdin = await gantry(['manifest', 'put', `${app}:stdin`, '-', '--quiet'], { stdin: bytes });
    expect(stdin).toMatchObject(printed);
    for (const tag of ['file', 'stdin'])
      expect((await gantry(['manifest', `${app}:${tag}`])).stdout).toBe(bytes.toString());
  });

  it('refuses an invalid document and a wrong digest with exit code 6', async () => {
    const invalid = await gantry(['manifest', 'put', `${app}:v1`, '-'], { stdin: '{' });
    expect(invalid).toMatchObject({ code: 6, stderr: 'Error: the document is not valid JSON\n' });
    const wrong = `${app}@sha256:${'0'.repeat(64)}`;
    const mismatch = await gantry(['manifest', 'put', wrong, '-'], {
      stdin: Buffer.from(await amd.rawManifest()),
    });
    expect(mismatch.code).toBe(6);
  });

  it('suggests --media-type if the document has no media type', async () => {
    const { stderr } = await gantry(['manifest', 'put', `${app}:v1`, '-'], { stdin: '{}' });
    expect(stderr).toBe('Error: the document has no media type; name it with --media-type\n');
  });

  it('leaves an image called put within reach of `manifest`', async () => {
    const { code, stderr } = await gantry(['manifest', 'put']);
    expect(code).toBe(2);
    expect(stderr).toContain("missing required argument 'image'");
    await crane.push(amd, `${registry.host}/put:v1`);
    const { stdout } = await gantry(['manifest', `${registry.host}/put:v1`]);
    expect(stdout).toBe(Buffer.from(await amd.rawManifest()).toString());
  });

  it.each(['blob', 'manifest'])('%s has no subcommand called help', async (command) => {
    expect((await gantry([command, '--help'])).stdout).toContain('put [options]');
    expect((await gantry([command, '--help'])).stdout).not.toMatch(/^ +help/m);
  });
});
