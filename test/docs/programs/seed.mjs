// Fills the registries and the working directory with what the programs of the documentation use.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { crane, empty, mutate, name, tarball } from 'containerregistry';

/** An image for a platform, with one layer per map of files. */
async function imageFor(architecture, ...layers) {
  const content = await crane.append(
    empty.image,
    layers.map((files) => crane.layer(files)),
  );
  const config = await content.configFile();
  return mutate.configFile(content, {
    ...config,
    ...{ os: 'linux', architecture },
    config: { Cmd: ['sh'], Env: ['PATH=/bin'], Labels: { maintainer: 'team' } },
  });
}

const text = (value) => Buffer.from(value);
const base = (architecture, version) =>
  imageFor(architecture, {
    'bin/busybox': text('all commands'),
    'tmp/file': text(''),
    'bin/sh': text(`shell ${architecture} ${version}`),
    'etc/os-release': text(`NAME=BusyBox\nVERSION=${version}\n`),
    'etc/passwd': text('root:x:0:0:root:/root:/bin/sh\n'),
  });

async function indexOf(version) {
  const children = [];
  for (const architecture of ['amd64', 'arm64'])
    children.push({
      add: await base(architecture, version),
      descriptor: { platform: { os: 'linux', architecture } },
    });
  return mutate.appendManifests(empty.index, children);
}

const [old, current] = [await indexOf('1.35'), await indexOf('1.36')];
for (const repository of ['busybox', 'alpine']) {
  await crane.push(old, `${repository}:1.35`);
  await crane.push(current, `${repository}:1.36`);
  await crane.push(current, `${repository}:3`);
}
for (const reference of ['gcr.io/distroless/nodejs22-debian12', 'node:22-slim'])
  await crane.push(current, reference);
for (const architecture of ['amd64', 'arm64'])
  await crane.push(await base(architecture, '1.36'), `app:${architecture}`);
const onOldBase = await crane.pull('busybox:1.35');
const app = await crane.append(onOldBase, [crane.layer({ 'app/run': text('run') })]);
for (const tag of ['v1', '1.0', '1.2', 'latest']) {
  await crane.push(app, `registry.example/team/app:${tag}`);
  await crane.push(app, `registry.example/app:${tag}`);
  await crane.push(app, `registry.example.com/team/app:${tag}`);
}

await mkdir('dist/bin', { recursive: true });
await writeFile('dist/index.js', 'console.log("hello");\n');
await writeFile('dist/bin/run', '#!/bin/sh\n');
await mkdir('bin');
for (const platform of ['amd64', 'arm64', 'armv7']) await writeFile(`bin/app-${platform}`, platform);
await writeFile('sbom.json', '{"spdxVersion":"SPDX-2.3"}\n');
await mkdir('scripts');
await writeFile('scripts/start.sh', '#!/bin/sh\n');
await writeFile('package.json', '{"type": "module"}\n');
await mkdir('assets');
await writeFile('assets/logo.svg', '<svg/>');
await writeFile(
  'Dockerfile',
  'FROM busybox:1.36\nARG VERSION=1\nLABEL version=$VERSION\nCOPY dist /app\nCMD ["/app/bin/run"]\n',
);
await crane.save(app, 'app:v1', 'app.tar');
await crane.save(await crane.pull('busybox:1.36'), 'busybox:1.36', 'base.tar');
await tarball.multiRefWriteToFile('images.tar', [
  [name.parseReference('registry.example/team/app:v1'), app],
  [name.parseReference('app:v1'), app],
]);
await crane.writeTo(current, { kind: 'oci', path: 'layout', tag: 'v1' });
await copyFile(process.env.NODE_EXTRA_CA_CERTS, 'corp-ca.pem');
