// Makes an image of files on this machine and sends it through every kind of location: a docker archive, a registry, another
// repository, a second registry and an OCI layout. Everything runs in this process and in a temporary directory.
//
//   npm run quickstart
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crane, layout, mutate, registry, remote, name, tarball, validate } from 'containerregistry';

const say = (text) => console.log(text);
const step = (title) => say(`\n${title}`);
const size = async (file) => `${((await stat(file)).size / 1e6).toFixed(1)} MB`;

/** Prints one line for each blob and each manifest. */
const printProgress = (event) => {
  if (event.kind === 'blob' && ['done', 'existing', 'mounted'].includes(event.state)) {
    say(`   ${event.state.padEnd(8)} ${event.digest}`);
  } else if (event.kind === 'manifest') {
    say(`   manifest ${event.target}`);
  }
};

const directory = await mkdtemp(path.join(tmpdir(), 'quickstart-'));
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
  const archive = path.join(directory, 'app.tar');
  await crane.save(image, 'quickstart/app:v1', archive);
  say(`   ${archive} (${await size(archive)})`);

  step(`3. Pushed from the archive to the registry ${first.host}`);
  const pushed = `${first.host}/quickstart/app:v1`;
  await remote.write(name.newTag(pushed), await tarball.imageFromPath(archive), {
    onProgress: printProgress,
  });
  const digest = await crane.digest(pushed);
  say(`   digest   ${digest}`);

  step('4. Copied to another repository: the layers are mounted, not sent');
  const mirrored = `${first.host}/mirror/app:v1`;
  await crane.copy(pushed, mirrored, { onProgress: printProgress });

  step(`5. Copied to the registry ${second.host}: the layers stream from one to the other`);
  const copied = `${second.host}/quickstart/app:v1`;
  await crane.copy(mirrored, copied, { onProgress: printProgress });

  step('6. Pulled into an OCI layout');
  const dir = path.join(directory, 'layout');
  await crane.saveOci(await crane.pull(copied), dir, { onProgress: printProgress });

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

  step('The same on the command line, in this checkout');
  say(`   docker save app > /tmp/app.tar   # or any other archive of an image
   node dist/cli/main.js registry serve --port 5000 &
   node dist/cli/main.js push /tmp/app.tar localhost:5000/quickstart/app:v1
   node dist/cli/main.js copy localhost:5000/quickstart/app:v1 localhost:5000/mirror/app:v1
   node dist/cli/main.js pull --format oci localhost:5000/mirror/app:v1 /tmp/layout
   node dist/cli/main.js validate --layout /tmp/layout
   node dist/cli/main.js digest localhost:5000/mirror/app:v1
   kill %1                          # stops the registry

   In other directories, write "npx -p containerregistry gantry" instead of "node dist/cli/main.js".`);
} finally {
  await Promise.all([first.close(), second.close(), rm(directory, { recursive: true, force: true })]);
}
