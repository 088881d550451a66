// TypeScript compiles this file to CommonJS.
import * as containerregistry from 'containerregistry';

const run = async (): Promise<void> => {
  const { crane, errors, name, random, registry, remote } = containerregistry;
  const server = await registry.serve();
  const reference = `${server.host}/app:v1`;
  await remote.write(name.parseReference(reference), random.image(1024, 1));
  await crane.digest(reference);
  const error: unknown = await crane.digest(`${server.host}/absent:v1`).catch((cause: unknown) => cause);
  if (!(error instanceof errors.NotFoundError)) throw new Error('a missing image has another error');
  await server.close();
  console.log('exercised');
};

void run();
