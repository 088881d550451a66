// The main job on real input: files of this machine become an image; the image goes into a docker
// archive, from there to a registry, to another repository, to a second registry, and into an OCI
// layout. Everything runs in this process and in a temporary directory.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crane, layout, mutate, registry, remote, name, tarball, validate } from 'containerregistry';

const say = (text) => console.log(text);
const step = (title) => say(`\n${title}`);
const size = async (file) => `${((await stat(file)).size / 1e6).toFixed(1)} MB`;

/** Prints what happens to each blob once. */
const chatter = (event) => {
  if (event.kind === 'blob' && ['done', 'existing', 'mounted'].includes(event.state)) {
    say(`   ${event.state.padEnd(8)} ${event.digest}`);
  } else if (event.kind === 'manifest') {
    say(`   manifest ${event.target}`);
  }
};

const folder = await mkdtemp(path.join(tmpdir(), 'quickstart-'));
const [first, second] = await Promise.all([registry.serve(), registry.serve()]);
try {
  step('1. An image from files of this machine');
  const files = {
    'usr/local/bin/node': process.execPath,
    'app/quickstart.mjs': new URL(import.meta.url),
    'app/README.md': new URL('../README.md', import.meta.url),
  };
  const contents = await Promise.all(
    Object.entries(files).map(async ([inside, outside]) => [inside, await readFile(outside)]),
  );
  const image = mutate.config(crane.image(Object.fromEntries(contents)), {
    Entrypoint: ['/usr/local/bin/node', '/app/quickstart.mjs'],
    WorkingDir: '/app',
  });
  for (const [inside, content] of contents) say(`   ${inside} (${content.byteLength} bytes)`);

  step('2. Saved as an archive for docker load');
  const archive = path.join(folder, 'app.tar');
  await crane.save(image, 'quickstart/app:v1', archive);
  say(`   ${archive} (${await size(archive)})`);

  step(`3. Pushed from the archive to the registry ${first.host}`);
  const pushed = `${first.host}/quickstart/app:v1`;
  await remote.write(name.newTag(pushed), await tarball.imageFromPath(archive), { onProgress: chatter });
  const digest = await crane.digest(pushed);
  say(`   digest   ${digest}`);

  step('4. Copied to another repository: the layers are mounted, not sent');
  const mirrored = `${first.host}/mirror/app:v1`;
  await crane.copy(pushed, mirrored, { onProgress: chatter });

  step(`5. Copied to the registry ${second.host}: the layers stream from one to the other`);
  const copied = `${second.host}/quickstart/app:v1`;
  await crane.copy(mirrored, copied, { onProgress: chatter });

  step('6. Pulled into an OCI layout');
  const dir = path.join(folder, 'layout');
  await crane.saveOci(await crane.pull(copied), dir, { onProgress: chatter });

  step('7. Everything is checked, byte by byte, and has the same digest');
  const found = {
    [archive]: await tarball.imageFromPath(archive),
    [pushed]: await crane.pull(pushed),
    [mirrored]: await crane.pull(mirrored),
    [copied]: await crane.pull(copied),
    [dir]: await (await layout.fromPath(dir)).image(),
  };
  for (const [where, each] of Object.entries(found)) {
    await validate.image(each);
    if ((await each.digest()) !== digest) throw new Error(`${where} has another digest`);
    say(`   ok       ${where}`);
  }

  step('The same by hand');
  say(`   docker save app > app.tar        # or any other archive of an image
   npx gantry registry serve --port 5000 &
   npx gantry push app.tar localhost:5000/quickstart/app:v1
   npx gantry copy localhost:5000/quickstart/app:v1 localhost:5000/mirror/app:v1
   npx gantry pull --format oci localhost:5000/mirror/app:v1 layout
   npx gantry validate --layout layout
   npx gantry digest localhost:5000/mirror/app:v1`);
} finally {
  await Promise.all([first.close(), second.close(), rm(folder, { recursive: true, force: true })]);
}
