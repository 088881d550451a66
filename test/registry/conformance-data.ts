import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Algorithm, type Blob, digestOf, randomBlob } from './conformance-client.js';

const layerGzip = 'application/vnd.oci.image.layer.v1.tar+gzip';
const config = 'application/vnd.oci.image.config.v1+json';
const emptyJson = 'application/vnd.oci.empty.v1+json';
export const exampleType = 'application/vnd.example.conformance.v1';
export const imageType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';

export interface DescriptorData {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [field: string]: unknown;
}

export interface ManifestData extends Blob {
  readonly descriptor: DescriptorData;
  readonly document: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** The content that a test pushes: the blobs first, then the manifests in their order, then the tags. */
export class DataSet {
  readonly blobs: Blob[] = [];
  readonly manifests: ManifestData[] = [];
  readonly tags = new Map<string, string>();
  readonly #algorithm: Algorithm;

  constructor(algorithm: Algorithm = 'sha256') {
    this.#algorithm = algorithm;
  }

  blob(mediaType: string, content: Buffer = randomBlob(300).content): DescriptorData {
    const digest = digestOf(content, this.#algorithm);
    this.blobs.push({ digest, content });
    return { mediaType, digest, size: content.byteLength };
  }

  /** Adds an image of two layers. The fields replace members of its manifest. */
  image(fields: Fields = {}, tag?: string): ManifestData {
    const document = {
      schemaVersion: 2,
      mediaType: imageType,
      config: this.blob(
        config,
        Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', id: randomUUID() })),
      ),
      layers: [1, 2].map(() => this.blob(layerGzip, gzipSync(randomBlob(100).content))),
      ...fields,
    };
    return this.#manifest(imageType, document, tag);
  }

  /** Adds an artifact, which is an image manifest with an empty config. */
  artifact(fields: Fields = {}, tag?: string): ManifestData {
    const defaults = {
      artifactType: exampleType,
      config: this.blob(emptyJson, Buffer.from('{}')),
      layers: [this.blob(exampleType)],
    };
    return this.image({ ...defaults, ...fields }, tag);
  }

  index(children: readonly ManifestData[], fields: Fields = {}, tag?: string): ManifestData {
    const architectures = ['amd64', 'arm64', 's390x'];
    const manifests = children.map(({ descriptor }, position) => ({
      ...descriptor,
      platform: { os: 'linux', architecture: architectures[position] },
    }));
    return this.#manifest(indexType, { schemaVersion: 2, mediaType: indexType, manifests, ...fields }, tag);
  }

  #manifest(mediaType: string, document: Fields, tag: string | undefined): ManifestData {
    const content = Buffer.from(JSON.stringify(document));
    const digest = digestOf(content, this.#algorithm);
    const manifest = {
      digest,
      content,
      document,
      descriptor: { mediaType, digest, size: content.byteLength },
    };
    this.manifests.push(manifest);
    if (tag !== undefined) this.tags.set(tag, digest);
    return manifest;
  }
}

const annotations = { 'org.opencontainers.conformance': 'hello conformance test', 'org.example.id': '1' };

/** Every kind of content in the conformance suite. */
export const dataSets: readonly (readonly [name: string, make: () => DataSet])[] = [
  ['an image', () => build((set) => set.image({}, 'image'))],
  [
    'an image without compression',
    () =>
      build((set) => set.image({ layers: [set.blob('application/vnd.oci.image.layer.v1.tar')] }, 'plain')),
  ],
  [
    'an image with a manifest of almost four megabytes',
    () => {
      const large = Object.fromEntries(
        Array.from({ length: 390 }, (_, i) => [`large-${i}`, 'A'.repeat(10_000)]),
      );
      return build((set) => set.image({ annotations: large }, 'large'));
    },
  ],
  ['an index', () => build((set) => set.index([set.image(), set.image()], {}, 'index'))],
  [
    'an index of indexes',
    () =>
      build((set) => {
        const children = [1, 2].map(() => set.index([set.image(), set.image()]));
        return set.index(children, {}, 'index-of-index');
      }),
  ],
  ['an empty index', () => build((set) => set.index([], {}, 'empty-index'))],
  ['an artifact', () => build((set) => set.artifact({}, 'artifact'))],
  [
    'an index of artifacts',
    () =>
      build((set) => set.index([set.artifact(), set.artifact()], { artifactType: exampleType }, 'artifacts')),
  ],
  [
    'an artifact without layers',
    () =>
      build((set) =>
        set.artifact({ layers: [set.blob(emptyJson, Buffer.from('{}'))] }, 'no-artifact-layers'),
      ),
  ],
  [
    'artifacts with a subject',
    () =>
      build((set) => {
        const subject = set.image({}, 'subject').descriptor;
        set.image({ subject });
        set.artifact({ subject, annotations }, 'referrer-1');
        return set.artifact(
          { subject, annotations, artifactType: 'application/vnd.example.conformance.v2' },
          'referrer-2',
        );
      }),
  ],
  [
    'an index with a subject',
    () =>
      build((set) => {
        const subject = set.index([set.image()], {}, 'subject-index').descriptor;
        set.index([set.image()], { subject, annotations });
        return set.index(
          [set.artifact()],
          { subject, annotations, artifactType: exampleType },
          'referring-index',
        );
      }),
  ],
  [
    'an artifact whose subject is missing',
    () =>
      build((set) => {
        const { digest } = randomBlob(8);
        return set.artifact(
          { subject: { mediaType: imageType, digest, size: 123 }, annotations },
          'missing-subject',
        );
      }),
  ],
  [
    'descriptors that carry their data',
    () =>
      build((set) => {
        const content = randomBlob(40).content;
        return set.image(
          { layers: [{ ...set.blob(exampleType, content), data: content.toString('base64') }] },
          'data',
        );
      }),
  ],
  [
    'an image with layers that are not distributable',
    () =>
      build((set) => {
        const foreign = ['tar', 'tar+gzip'].map((kind) => {
          const { digest } = randomBlob(8);
          const mediaType = `application/vnd.oci.image.layer.nondistributable.v1.${kind}`;
          return { mediaType, digest, size: 12345, urls: [`https://store.example.com/blobs/${digest}`] };
        });
        return set.image({ layers: [...foreign, set.blob(layerGzip)] }, 'foreign');
      }),
  ],
  [
    'documents with fields of their own',
    () => build((set) => set.index([set.image({ 'org.a': 'x' })], { 'org.b': { c: [1] } }, 'custom')),
  ],
  ['an image without layers', () => build((set) => set.image({ layers: [] }, 'no-layers'))],
  ['an index under sha512', () => build((set) => set.index([set.image(), set.image()]), 'sha512')],
];

/** An index whose children are incomplete: an image without one of its blobs, and a manifest that is never pushed. */
export function sparse(): DataSet {
  return build((set) => {
    set.image({}, 'sparse-image');
    set.blobs.pop();
    const { digest } = randomBlob(8);
    const missing = { mediaType: imageType, digest, size: 1024 };
    return set.index(
      [set.image(), { digest, content: Buffer.alloc(0), document: {}, descriptor: missing }],
      {},
      'sparse-index',
    );
  });
}

function build(fill: (set: DataSet) => unknown, algorithm: Algorithm = 'sha256'): DataSet {
  const set = new DataSet(algorithm);
  fill(set);
  return set;
}
