import { baseAnnotations } from '../crane/changing/base-annotations.js';
import { contentFrom, type ImageSource, isLocation } from '../crane/locations/source.js';
import { chooseImage } from '../crane/locations/choose-image.js';
import { imageFrom } from '../crane/locations/source.js';
import { locationText } from '../crane/names/location.js';
import type { CraneOptions } from '../crane/names/options.js';
import { NotFoundError } from '../errors/service/not-found.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { ConfigFile } from '../v1/config-file.js';
import type { Annotations } from '../v1/descriptor.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { type Platform, platformToString } from '../v1/platform.js';
import { platformOf, platformSatisfies } from '../v1/platform-match.js';
import { isConfig } from '../v1/types.js';
import { platformIn, scratch } from './assemble.js';
import { normalizedPlatform } from './platforms.js';

/** The image that a build begins with. */
export interface Base {
  readonly image: Image;
  /** Undefined if the build begins without an image. */
  readonly config: ConfigFile | undefined;
  /** The platform of the result. */
  readonly platform: Platform;
  /** The annotations that name the base, by which `checkBase` and `rebase` find it; none if it is not in a registry. */
  readonly annotations: Annotations;
}

/** As in all verbs of crane, and whatever machine builds the image. */
const DEFAULT_PLATFORM: Platform = { os: 'linux', architecture: 'amd64' };

/** Finds the base for each platform; `undefined` is the platform of the base itself. */
export async function findBases(
  from: ImageSource,
  platforms: readonly (Platform | undefined)[],
  options: CraneOptions,
): Promise<readonly Base[]> {
  if (from === 'scratch')
    return platforms.map((platform = DEFAULT_PLATFORM) => ({
      ...{ image: scratch, config: undefined, platform, annotations: {} },
    }));
  const subject = isLocation(from) ? `the base ${locationText(from)}` : 'the base';
  // An archive with several images can be read only for one platform, so the base is looked up again for each.
  const isRemote = isLocation(from) && (typeof from === 'string' || from.kind === 'docker');
  const content = isRemote ? await contentFrom(from, options) : from;
  const bases: Base[] = [];
  for (const platform of platforms) {
    const base = await baseFrom(content, subject, platform, options);
    bases.push({ ...base, annotations: isRemote ? await baseAnnotations(base.image, from, options) : {} });
  }
  return bases;
}

async function baseFrom(
  content: ImageSource,
  subject: string,
  wanted: Platform | undefined,
  options: CraneOptions,
): Promise<Omit<Base, 'annotations'>> {
  const { signal } = options;
  const image = isIndexObject(content)
    ? await chooseImage(content, subject, wanted, { signal })
    : await imageFrom(content, { ...options, platform: wanted });
  if (!isConfig((await image.manifest({ signal })).config.mediaType))
    throw new UnsupportedError(`${subject} is an artifact, and not an image that can be run`);
  const config = await image.configFile({ signal });
  const actual = platformOf(config);
  if (wanted !== undefined && !(actual && platformSatisfies(normalizedPlatform(actual), wanted))) {
    throw new NotFoundError(
      `${subject} has no image for ${platformToString(wanted)}: it is ` +
        (actual === undefined ? 'an image without a platform' : `an image for ${platformToString(actual)}`),
      { hint: 'use a base that has an image for each platform' },
    );
  }
  return { image, config, platform: wanted ?? platformIn(config) };
}

function isIndexObject(content: ImageSource): content is ImageIndex {
  return !isLocation(content) && isImageIndex(content);
}
