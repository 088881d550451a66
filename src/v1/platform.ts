import { BadPlatformError } from '../errors/invalid/platform.js';

/**
 * The platform an image runs on.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string | undefined;
  readonly 'os.features'?: readonly string[] | undefined;
  readonly variant?: string | undefined;
  readonly features?: readonly string[] | undefined;
}

/**
 * Parses `os[/architecture[/variant]][:osversion]`, such as `linux/arm64/v8`; parts left out are empty, and
 * an empty part is a wildcard to {@link platformSatisfies}.
 *
 * @throws {@link BadPlatformError} if there are too many slashes or colons, or characters that no platform has.
 */
export function parsePlatform(text: string): Platform {
  const trimmed = text.trim();
  const [path = '', version, ...more] = trimmed.split(':', 3);
  if (more.length > 0) throw new BadPlatformError(text, 'it has more than one colon');
  const [os = '', architecture = '', variant = '', ...rest] = path.split('/', 4);
  if (rest.length > 0) throw new BadPlatformError(text, 'it has more than two slashes');
  if (!/^[\w.+/-]*$/.test(path) || !/^[\w.+-]*$/.test(version ?? '')) {
    throw new BadPlatformError(
      text,
      'only letters, digits and the characters _ . + - may stand between slashes and the colon',
    );
  }
  return Object.freeze({
    architecture,
    os,
    ...(version !== undefined && version !== '' && { 'os.version': version }),
    ...(variant !== '' && { variant }),
  });
}

/** Writes what {@link parsePlatform} reads; features are left out, and so is everything if there is no OS. */
export function platformToString(platform: Platform): string {
  if (platform.os === '') return '';
  const path = [platform.os, platform.architecture, platform.variant].filter(
    (part) => part !== undefined && part !== '',
  );
  const version = platform['os.version'];
  return path.join('/') + (version === undefined || version === '' ? '' : `:${version}`);
}
