import { expect, it } from '@jest/globals';
import * as daemon from '../../src/daemon/index.js';
import { newTag } from '../../src/name/tag.js';
import { reply, useScriptedDaemons } from '../support/servers/scripted-daemon.js';
import { someHash } from '../support/images/stored-image.js';

const start = useScriptedDaemons();
const app = newTag('app:v1');
const id = someHash('a');

it('daemon.tag adds a tag to an image', async () => {
  const { host, requests } = await start({
    'GET /images/app:v1/json': reply({ Id: id }),
    [`POST /images/${id}/tag`]: reply('', 201),
  });
  await daemon.tag(app, newTag('reg.example:5000/team/app:v2'), { env: {}, host });
  expect(requests.at(-1)).toBe(
    `POST /v1.41/images/${id}/tag?repo=${encodeURIComponent('reg.example:5000/team/app')}&tag=v2`,
  );
});

it('daemon.tag fails if the daemon does not have the image', async () => {
  const { host } = await start({});
  await expect(daemon.tag(app, newTag('b'), { env: {}, host })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
