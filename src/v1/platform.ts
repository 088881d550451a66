import { BadPlatformError } from '../errors/invalid/platform.js';

/**
 * The platform an image runs on.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export interface Platform {
  /** CPU architecture, as Go names it in `GOARCH`, such as `amd64`. */
  readonly architecture: string;
  /** Operating system, as Go names it in `GOOS`, such as `linux`. */
  readonly os: string;
  /** Version of the operating system, such as `10.0.14393.1066`; used on Windows. */
  readonly 'os.version'?: string | undefined;
  /** Features that the operating system must have, such as `win32k`. */
  readonly 'os.features'?: readonly string[] | undefined;
  /** Variant of the CPU, such as `v7` for `arm`. */
  readonly variant?: string | undefined;
  /** Features that the CPU must have, such as `sse4`; only Docker's manifest lists have them. */
  readonly features?: readonly string[] | undefined;
}

/**
 * Parses `os[/architecture[/variant]][:osversion]`, such as `linux/arm64/v8`. A part that is left out is empty, and
 * {@link platformSatisfies} takes an empty part for a wildcard.
 *
 * @throws BadPlatformError if the text has too many slashes or colons, or a character that no platform has.
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

/**
 * Formats a platform as {@link parsePlatform} reads it, without its features. The result is empty if the platform names no
 * operating system.
 */
export function platformToString(platform: Platform): string {
  if (platform.os === '') return '';
  const path = [platform.os, platform.architecture, platform.variant].filter(
    (part) => part !== undefined && part !== '',
  );
  const version = platform['os.version'];
  return path.join('/') + (version === undefined || version === '' ? '' : `:${version}`);
}
