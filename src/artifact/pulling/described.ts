import type { AbortOptions } from '../../internal/async/abort.js';
import { verified } from '../../internal/streams/verify.js';
import { isVerifiedAs } from '../../internal/streams/verified-mark.js';
import { artifactType } from '../../partial/capabilities.js';
import { guardStream } from '../../partial/layers/open-stream.js';
import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import type { Image } from '../../v1/image.js';
import { ociEmptyJson } from '../../v1/types.js';
import type { Readable } from 'node:stream';
import { conventionalTitle } from './conventional-title.js';
import type { PulledArtifact, PulledFile } from './pulled.js';
import { TITLE, UNPACK } from '../content/title.js';

/** A file of an artifact that was not read yet. */
export interface DescribedFile extends PulledFile {
  /** Whether the file is a packed directory. */
  readonly isPacked: boolean;
  /** Opens the content, which is checked against the digest and the size of its descriptor. */
  readonly open: (options: AbortOptions) => Promise<Readable>;
}

/** Reads the manifest and the config of an artifact. */
export async function described(image: Image, options: AbortOptions): Promise<PulledArtifact<DescribedFile>> {
  const manifest = await image.manifest(options);
  const { mediaType, digest, size } = manifest.config;
  const content = await image.rawConfigFile(options);
  const config = { mediaType, digest, size, content };
  const files = manifest.layers
    .filter((layer) => layer.mediaType !== ociEmptyJson || valueOf(layer.annotations, TITLE) !== undefined)
    .map((layer, _at, all) => describedFile(image, layer, conventionalTitle(layer, all, config)));
  return {
    digest: await image.digest(options),
    mediaType: await image.mediaType(options),
    size: await image.size(options),
    type: await artifactType(image, options),
    annotations: manifest.annotations ?? {},
    ...(manifest.subject !== undefined && { subject: manifest.subject }),
    manifest,
    config,
    files,
  };
}

function describedFile(image: Image, descriptor: Descriptor, convention: string | undefined): DescribedFile {
  const { mediaType, digest, size, annotations = {} } = descriptor;
  const title = valueOf(annotations, TITLE) ?? convention;
  return {
    ...(title !== undefined && { title }),
    ...{ mediaType, digest, size, annotations },
    isPacked: valueOf(annotations, UNPACK) === 'true',
    open: async (options) => {
      const stream = await (await image.layerByDigest(digest, options)).compressed(options);
      if (isVerifiedAs(stream, digest)) return stream;
      return guardStream(verified(stream, { digest, size, subject: `blob ${digest}` }), options);
    },
  };
}

/** The value of an annotation. Annotations may have any name, such as `constructor`. */
export function valueOf(annotations: Annotations | undefined, name: string): string | undefined {
  return annotations !== undefined && Object.hasOwn(annotations, name) ? annotations[name] : undefined;
}

/** Removes what only this package needs from the description of a file. */
export function publicFacts({ isPacked: _isPacked, open: _open, ...file }: DescribedFile): PulledFile {
  return file;
}
