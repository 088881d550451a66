import { lazy } from '../../internal/async/lazy.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { head } from '../../remote/head.js';
import { defaultPlatform } from '../../remote/connection/platform-choice.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { isIndex } from '../../v1/types.js';
import { chooseImage } from '../locations/choose-image.js';
import { find, type Found } from '../locations/find.js';
import { type ImageLocation, locationText } from '../names/location.js';
import { type CraneOptions, referenceOf, remoteOptions } from '../names/options.js';
import { registryReference } from '../names/target.js';

/** The present content of a base. What was looked up is kept. */
export class CurrentBase {
  readonly #location: ImageLocation;
  readonly #find: (options?: AbortOptions) => Promise<Found>;
  readonly #digest: (options?: AbortOptions) => Promise<Hash>;

  constructor(location: ImageLocation, options: CraneOptions) {
    this.#location = location;
    const { platform: _platform, ...shared } = options;
    this.#find = lazy(async ({ signal }) => find(location, { ...shared, signal }));
    const reference = registryReference(location);
    this.#digest = lazy(async ({ signal }) =>
      reference === undefined
        ? (await this.#find({ signal })).digest({ signal })
        : (await head(referenceOf(reference, shared), { ...remoteOptions(shared), signal })).digest,
    );
  }

  /** The present digest, and whether the recorded digest is that of the base or of one of its images. */
  async has(recorded: Hash, options: AbortOptions): Promise<readonly [current: Hash, has: boolean]> {
    const current = await this.#digest(options);
    if (current === recorded) return [current, true];
    const found = await this.#find(options);
    if (!isIndex(found.mediaType)) return [current, false];
    const { manifests } = await (await found.imageIndex(options)).indexManifest(options);
    return [current, manifests.some(({ digest }) => digest === recorded)];
  }

  /** Whether the base exists, although its image for a platform may not. */
  async exists(options: AbortOptions): Promise<boolean> {
    return this.#find(options).then(
      () => true,
      () => false,
    );
  }

  /** @throws NotFoundError if the base does not exist, or has no image for the platform. */
  async image(platform: Platform = defaultPlatform, options: AbortOptions = {}): Promise<Image> {
    const found = await this.#find(options);
    if (!isIndex(found.mediaType)) return found.image(options);
    return chooseImage(await found.imageIndex(options), locationText(this.#location), platform, options);
  }
}
