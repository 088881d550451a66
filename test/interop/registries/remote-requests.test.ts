import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parseReference } from '../../../src/name/parse-reference.js';
import type { Reference } from '../../../src/name/reference.js';
import { image as randomImage } from '../../../src/random/image.js';
import { index as randomIndex } from '../../../src/random/image-index.js';
import { get } from '../../../src/remote/get.js';
import { write, writeIndex } from '../../../src/remote/push.js';
import { newPusher } from '../../../src/remote/pusher.js';
import { tag } from '../../../src/remote/tag.js';
import { newTag } from '../../../src/name/tag.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { requestsOf } from '../../support/servers/request-list.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';

describeWithPeers('requests, compared with crane', ['crane'], ({ crane }) => {
  let from: StartedRegistry;
  let to: StartedRegistry;
  const source = (text: string): Reference => parseReference(`${from.host}/${text}`);
  const target = (text: string): Reference => parseReference(`${to.host}/${text}`);

  beforeAll(async () => {
    [from, to] = await Promise.all([startRegistry(), startRegistry()]);
    await write(source('image:v1'), randomImage(1000, 4));
    await writeIndex(source('index:v1'), randomIndex(1000, 2, 3));
  });
  afterAll(async () => {
    await Promise.all([from.close(), to.close()]);
  });

  /** All requests to both registries. */
  const count = async (run: () => Promise<unknown>): Promise<number> => {
    let there = 0;
    const here = await requestsOf(from, async () => {
      there = (await requestsOf(to, run)).length;
    });
    return here.length + there;
  };
  /** Copies as a new process would, without cached data. */
  const copy = async (a: Reference, b: Reference): Promise<void> => {
    const pusher = newPusher({ client: newGotClient() });
    await pusher.push(b, await get(a, { reuse: pusher }));
  };
  const craneCopy = async (a: Reference, b: Reference): Promise<string> =>
    crane.run(['copy', a.name(), b.name()]);

  it.each([
    ['a new image in another registry', 'image:v1', (name: string) => target(`${name}/image:v1`)],
    ['the same image again', 'image:v1', (name: string) => target(`${name}/image:v1`)],
    ['the same image under another tag', 'image:v1', (name: string) => target(`${name}/image:v2`)],
    ['an image in another repository', 'image:v1', (name: string) => source(`${name}/image:v1`)],
    ['a new index in another registry', 'index:v1', (name: string) => target(`${name}/index:v1`)],
    ['the same index again', 'index:v1', (name: string) => target(`${name}/index:v1`)],
    ['the same index under another tag', 'index:v1', (name: string) => target(`${name}/index:v2`)],
    ['an index in another repository', 'index:v1', (name: string) => source(`${name}/index:v1`)],
  ])('copies %s with no more requests than crane', async (_title, what, place) => {
    const theirs = await count(async () => craneCopy(source(what), place('theirs')));
    const ours = await count(async () => copy(source(what), place('ours')));
    expect(ours).toBeLessThanOrEqual(theirs);
  });

  it('tags with no more requests than crane', async () => {
    const theirs = await count(async () => crane.run(['tag', source('image:v1').name(), 'theirs']));
    const ours = await count(async () => {
      const reuse = newPusher({ client: newGotClient() });
      await tag(newTag(`${from.host}/image:ours`), await get(source('image:v1'), { reuse }), { reuse });
    });
    expect(ours).toBeLessThanOrEqual(theirs);
  });
});
