// Builds a Dockerfile without a daemon, and pushes the image if the credentials allow it. With --tar, it writes an archive for
// `docker load` instead, and contacts no registry but those of the base images.
//
//   node examples/build-and-push.mjs . localhost:5000/team/app:v1
//   node examples/build-and-push.mjs . localhost:5000/team/app:v1 --tar app.tar
import { authn, build, crane, name, remote } from 'containerregistry';

const [context, reference, flag, archive] = process.argv.slice(2);
if (reference === undefined || (flag !== undefined && (flag !== '--tar' || archive === undefined))) {
  console.error('usage: build-and-push.mjs <context> <reference> [--tar <file>]');
  process.exit(2);
}

// A build can take long, so missing credentials should be reported before it.
if (archive === undefined) {
  await remote.checkPushPermission(name.parseReference(reference), { auth: authn.defaultKeychain });
}

const image = await build.image({
  context,
  args: { VERSION: '1.0' },
  onProgress: ({ kind, state, stage, step, steps, text }) => {
    if (kind === 'step' && state === 'started') console.error(`[${stage} ${step}/${steps}] ${text}`);
  },
});
try {
  const digest = await image.digest();
  if (archive === undefined) {
    await crane.push(image, reference);
    const pushed = await crane.digest(reference);
    if (pushed !== digest) throw new Error(`built ${digest}, but ${reference} is ${pushed}`);
    console.log(`${reference} is ${pushed}`);
  } else {
    await crane.save(image, reference, archive);
    console.log(`${archive} has ${reference} in it, ${digest}`);
  }
} finally {
  // This removes the new layers. In TypeScript and from Node 24, `await using image = ...` does the same.
  await image[Symbol.asyncDispose]();
}
