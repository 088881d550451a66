import type { RequestListener } from 'node:http';
import { HOSTILE } from '../support/tools/hostile-text.js';
import { sha256Of } from '../support/tools/read-all.js';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A registry that sends hostile text in every field that it can set. */
export function hostileRegistry(): RequestListener {
  const config = Buffer.from(
    JSON.stringify({ os: `linux${HOSTILE}`, config: { Labels: { [HOSTILE]: HOSTILE } } }),
  );
  const layer = Buffer.from('no tar');
  const descriptor = (mediaType: string, content: Buffer, more: object = {}) => ({
    mediaType,
    digest: sha256Of(content),
    size: content.byteLength,
    ...more,
  });
  const image = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptor(`application/${HOSTILE}`, config),
      layers: [descriptor(`application/${HOSTILE}`, layer)],
      annotations: { [HOSTILE]: HOSTILE },
    }),
  );
  const platform = { os: `linux${HOSTILE}`, architecture: HOSTILE, variant: HOSTILE };
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        descriptor(MANIFEST, image, { platform, annotations: { [HOSTILE]: HOSTILE } }),
        descriptor(MANIFEST, image, { platform: { os: HOSTILE, architecture: 'arm64' } }),
      ],
      annotations: { [HOSTILE]: HOSTILE },
    }),
  );
  const contents = new Map([image, index, config, layer].map((content) => [sha256Of(content), content]));
  const named = new Map([
    ['image', image],
    ['index', index],
  ]);
  // Node allows no other characters in a header.
  const inHeader = HOSTILE.replace(/[^\u0020-\u007e\u0080-\u00ff]/g, '');
  const refusal = JSON.stringify({ errors: [{ code: HOSTILE, message: HOSTILE, detail: HOSTILE }] });

  return ({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://x');
    response.setHeader('Warning', `299 - "${inHeader}"`);
    const json = (body: object): void => {
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
    };
    if (pathname === '/v2/') json({});
    else if (pathname === '/v2/_catalog') json({ repositories: ['app', `app${HOSTILE}`] });
    else if (pathname.endsWith('/tags/list')) json({ name: HOSTILE, tags: ['v1', `v1${HOSTILE}`] });
    else if (pathname.includes('/refused/')) response.writeHead(403).end(refusal);
    else if (pathname.includes('/html/')) response.writeHead(500).end(`<html>${HOSTILE}</html>`);
    else if (pathname.includes('/away/')) response.writeHead(302, { location: `/${inHeader}` }).end();
    else if (pathname.includes('/guarded/')) {
      response
        .writeHead(401, { 'www-authenticate': `Bearer realm="/${inHeader}",service="${inHeader}"` })
        .end(refusal);
    } else {
      const name = pathname.split('/').at(-1) ?? '';
      const content = named.get(name) ?? contents.get(decodeURIComponent(name));
      if (content === undefined) response.writeHead(404).end(refusal);
      else response.writeHead(200, { 'content-type': content === index ? INDEX : MANIFEST }).end(content);
    }
  };
}
