import { formatLocation, type ImageLocation } from '../crane/names/location.js';
import { registryReference } from '../crane/names/target.js';
import { referenceOf } from '../crane/names/options.js';
import type { Pushed } from '../crane/locations/pushed.js';
import { contentFrom } from '../crane/locations/source.js';
import { isDirectory } from '../crane/locations/write-to.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { Descriptor } from '../v1/descriptor.js';
import { type ArtifactDefinition, checkedDefinition, discardStreams } from './content/definition.js';
import { push, type PushOptions } from './push.js';

/** What {@link attach} attaches. */
export interface Attachment extends Omit<ArtifactDefinition, 'subject' | 'type'> {
  /** The artifact type, a media type such as `application/spdx+json`, by which others find the artifact. */
  readonly type: string;
}

/**
 * Pushes an artifact that refers to an image, an index or another artifact, such as an SBOM or a signature. It is stored
 * beside its subject, without a tag. {@link discover} finds it.
 *
 * A tag is resolved to the digest that it names now. With `platform`, the subject is that image of an index, otherwise it is
 * the index. If the registry has no API for referrers, the artifact is added to the fallback tag of its subject.
 *
 * @throws NotFoundError if the subject does not exist.
 * @throws UnsupportedError if the location is neither in a registry nor in a layout.
 */
export async function attach(
  subject: ImageLocation,
  attachment: Attachment,
  options: PushOptions = {},
): Promise<Pushed> {
  if (typeof (attachment as Partial<Attachment>).type !== 'string') {
    discardStreams(attachment);
    throw new TypeError('type must be a media type such as application/spdx+json');
  }
  checkedDefinition(attachment);
  let target: ImageLocation;
  let descriptor: Descriptor;
  try {
    const layout = await layoutOf(subject);
    const found = await contentFrom(subject, options);
    const { signal } = options;
    descriptor = {
      mediaType: await found.mediaType({ signal }),
      digest: await found.digest({ signal }),
      size: await found.size({ signal }),
    };
    // A push to a reference with a digest stores the content under its own digest.
    target = layout ?? beside(registryReference(subject) ?? '', descriptor, options);
  } catch (error) {
    discardStreams(attachment);
    throw error;
  }
  return push(target, { ...attachment, subject: descriptor }, options);
}

/** The layout to which an artifact is added; undefined for a registry. */
async function layoutOf(subject: ImageLocation): Promise<ImageLocation | undefined> {
  if (typeof subject === 'string' || subject.kind === 'docker') return undefined;
  if (subject.kind === 'oci' || (subject.kind === 'path' && (await isDirectory(subject.path)))) {
    return { kind: 'oci', path: subject.path };
  }
  throw new UnsupportedError(`${formatLocation(subject)}: nothing can be added to it`, {
    hint: 'attach to an image in a registry or in `oci:DIR`',
  });
}

function beside(reference: string, { digest }: Descriptor, options: PushOptions): string {
  return referenceOf(reference, options).context().digest(digest).name();
}
