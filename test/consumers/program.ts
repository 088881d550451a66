// What a TypeScript project does with the package. It is checked as an ES module and as a CommonJS file.
import {
  crane,
  errors,
  isContainerError,
  mutate,
  name,
  random,
  registry,
  remote,
  type v1,
} from 'containerregistry';
import { write } from 'containerregistry/remote';
import { newHash } from 'containerregistry/v1';
import type { Layer } from 'containerregistry/v1';

export async function program(reference: string): Promise<v1.Hash> {
  const server = await registry.serve();
  const image: v1.Image = mutate.config(random.image(1024, 1), { Env: ['A=b'] });
  const layers: readonly Layer[] = await image.layers();
  try {
    await write(name.parseReference(`${server.host}/app:v1`), await crane.append(image, layers));
    const bytes: Buffer[] = await (await layers[0]?.compressed())?.toArray();
    // A hash of one subpath is a hash of the root, and a text is not.
    const hash: v1.Hash = newHash(await crane.digest(reference));
    // @ts-expect-error a hash is made by newHash
    const wrong: v1.Hash = `sha256:${bytes.length}`;
    return hash === wrong ? wrong : hash;
  } catch (error) {
    if (error instanceof errors.NotFoundError) throw new Error(error.hint, { cause: error });
    if (isContainerError(error) && error.code === 'AUTH') throw new Error(error.message, { cause: error });
    throw error;
  } finally {
    await server.close();
    // @ts-expect-error the declarations are not `any`
    console.log(remote.noSuchFunction);
  }
}
