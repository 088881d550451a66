// A process that has both formats: its parts exchange images and recognise the errors of each other.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as modules from 'containerregistry';

const commonJs = createRequire(import.meta.url)('containerregistry');
assert.notEqual(commonJs.crane.pull, modules.crane.pull);

const server = await modules.registry.serve();
for (const [one, other] of [
  [modules, commonJs],
  [commonJs, modules],
]) {
  const reference = one.name.parseReference(`${server.host}/app:v1`);
  await other.remote.write(reference, one.mutate.config(one.random.image(1024, 1), { Env: ['A=b'] }));
  await assert.rejects(one.crane.digest(`${server.host}/absent:v1`), (error) => {
    assert(error instanceof other.errors.NotFoundError);
    assert(!(error instanceof other.errors.AuthError));
    assert(other.errors.isContainerError(error));
    return true;
  });
}
await server.close();
console.log('exercised');
