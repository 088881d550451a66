import { BadPlatformError } from '../errors/invalid/platform.js';
import { parsePlatform, type Platform, platformToString } from '../v1/platform.js';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', loong64: 'loong64' };

/** Linux on the architecture of this machine, which is the platform of a local container engine. */
export function localPlatform(): Platform {
  return normalizedPlatform({ os: 'linux', architecture: ARCHITECTURES[process.arch] ?? process.arch });
}

/** Other names of architectures, and the variants that they imply. */
const ALIASES: Readonly<Record<string, Platform>> = {
  x86_64: { os: '', architecture: 'amd64' },
  'x86-64': { os: '', architecture: 'amd64' },
  i386: { os: '', architecture: '386' },
  aarch64: { os: '', architecture: 'arm64' },
  armhf: { os: '', architecture: 'arm', variant: 'v7' },
  armel: { os: '', architecture: 'arm', variant: 'v6' },
};

/** The variants that have no name of their own, as in containerd. */
const DEFAULT_VARIANTS: Readonly<Record<string, string>> = { arm64: 'v8', amd64: 'v1' };

/**
 * Parses the platform of an image to build. As in containerd, other names of an architecture are replaced, `arm` is
 * `arm/v7`, and a variant that is the default is left out.
 *
 * @throws BadPlatformError if the operating system or the architecture is missing
 */
export function targetPlatform(value: Platform | string): Platform {
  const platform = typeof value === 'string' ? parsePlatform(value) : value;
  const result = normalizedPlatform(platform);
  if (result.os !== '' && result.architecture !== '') return result;
  throw new BadPlatformError(
    typeof value === 'string' ? value : platformToString(value),
    'a build needs an operating system and an architecture, such as linux/amd64',
  );
}

/** The usual form of a platform, in which two platforms can be compared. */
export function normalizedPlatform(platform: Platform): Platform {
  const os = platform.os === 'macos' ? 'darwin' : platform.os.toLowerCase();
  const lower = platform.architecture.toLowerCase();
  const alias = ALIASES[lower];
  const architecture = alias?.architecture ?? lower;
  const given = platform.variant ?? alias?.variant ?? (architecture === 'arm' ? 'v7' : '');
  const variant = /^\d/.test(given) ? `v${given}` : given;
  const { variant: _variant, ...others } = platform;
  const isDefault = variant === '' || variant === DEFAULT_VARIANTS[architecture];
  return { ...others, os, architecture, ...(!isDefault && { variant }) };
}
