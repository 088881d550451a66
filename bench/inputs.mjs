import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { startRegistry } from './registry.mjs';
import { need } from './tools.mjs';

const LAYERS = 5;

/** Directories in which every Linux machine has programs, libraries and texts. */
const SOURCES = ['/usr/bin', '/usr/share', '/usr/lib', '/usr/local'];

/**
 * Makes all inputs, once: five layers of real files as plain tars, as a `docker save` file with plain layers, and as an
 * image with compressed layers in the directory of a registry, in an archive and in a layout.
 */
export async function makeInputs(dir, bytes, gantry) {
  const file = (name) => path.join(dir, name);
  const inputs = {
    tars: Array.from({ length: LAYERS }, (_, at) => file(`layer-${at}.tar`)),
    save: file('save.tar'),
    archive: file('archive.tar'),
    layout: file('layout'),
    registry: file('registry'),
    bytes: 0,
  };
  if (!existsSync(inputs.layout)) {
    mkdirSync(dir, { recursive: true });
    const groups = filesOf(bytes);
    groups.forEach((names, at) => {
      tar(['-c', '-f', inputs.tars[at], '--numeric-owner', '--files-from=-'], names.join('\n'));
    });
    await saveFile(dir, inputs);
    mkdirSync(inputs.registry);
    const registry = await startRegistry(inputs.registry, file('registry.log'));
    try {
      const image = `${registry.host}/bench:latest`;
      execFileSync(gantry[0], [...gantry.slice(1), 'push', inputs.save, image], { stdio: 'ignore' });
      execFileSync(gantry[0], [...gantry.slice(1), 'pull', image, inputs.archive], { stdio: 'ignore' });
      const pull = ['pull', '--format', 'oci', image, inputs.layout];
      execFileSync(gantry[0], [...gantry.slice(1), ...pull], { stdio: 'ignore' });
    } finally {
      await registry.close();
    }
  }
  inputs.bytes = inputs.tars.reduce((sum, name) => sum + statSync(name).size, 0);
  return inputs;
}

/** Paths of regular files, in order, in groups of about the same size. */
function filesOf(bytes) {
  const groups = Array.from({ length: LAYERS }, () => []);
  let taken = 0;
  for (const name of walk(SOURCES)) {
    if (taken >= bytes) return groups;
    const { size } = statSync(name);
    // A single large file would dominate its layer.
    if (size > bytes / LAYERS / 10) continue;
    groups[Math.min(Math.floor((taken / bytes) * LAYERS), LAYERS - 1)].push(name);
    // A tar adds a header to each file and rounds its size up.
    taken += Math.ceil(size / 512) * 512 + 512;
  }
  throw new Error(`${SOURCES.join(', ')} have only ${taken} of ${bytes} bytes`);
}

function* walk(folders) {
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) yield* walk([name]);
      else if (entry.isFile() && !name.includes('\n')) yield name;
    }
  }
}

/** Makes a file in the format of `docker save` before Docker 25: plain tars, named by their digests. */
async function saveFile(dir, { tars, save }) {
  const ids = await Promise.all(tars.map(sha256));
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: ids.map((id) => `sha256:${id}`) },
    history: ids.map(() => ({ created_by: 'bench' })),
  });
  const name = `${createHash('sha256').update(config).digest('hex')}.json`;
  const manifest = [
    { Config: name, RepoTags: ['bench:latest'], Layers: tars.map((each) => path.basename(each)) },
  ];
  writeFileSync(path.join(dir, name), config);
  writeFileSync(path.join(dir, 'manifest.json'), JSON.stringify(manifest));
  tar(['-c', '-f', save, '-C', dir, name, ...tars.map((each) => path.basename(each)), 'manifest.json']);
}

async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

function tar(args, input) {
  // Files may change while the machine is in use, so the warnings of tar are ignored.
  execFileSync(need('tar'), ['--ignore-failed-read', ...args], {
    input,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}
