import type { BuildArguments } from '../../dockerfile/evaluate/arguments.js';
import { BadPlatformError } from '../../errors/invalid/platform.js';
import { parsePlatform, type Platform, platformToString } from '../../v1/platform.js';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', loong64: 'loong64' };

/** The platform for which images are built if none is given: linux on the architecture of this machine. */
export function defaultPlatform(): Platform {
  return normalized({ os: 'linux', architecture: ARCHITECTURES[process.arch] ?? process.arch });
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
 * Parses a platform. As in containerd, other names of an architecture are replaced, `arm` is `arm/v7`, and a variant that
 * is the default is left out.
 *
 * @throws BadPlatformError if the operating system or the architecture is missing
 */
export function platformOf(value: Platform | string): Platform {
  const platform = typeof value === 'string' ? parsePlatform(value) : value;
  const result = normalized(platform);
  if (result.os !== '' && result.architecture !== '') return result;
  throw new BadPlatformError(
    typeof value === 'string' ? value : platformToString(value),
    'a build needs an operating system and an architecture, such as linux/amd64',
  );
}

function normalized(platform: Platform): Platform {
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

/** The variables that BuildKit defines for every build. */
export function predefinedVariables(target: Platform, stage: string | undefined): BuildArguments {
  return {
    ...variablesOf('BUILD', defaultPlatform()),
    ...variablesOf('TARGET', target),
    TARGETSTAGE: stage === undefined || stage === '' ? 'default' : stage,
  };
}

function variablesOf(prefix: string, platform: Platform): BuildArguments {
  const { 'os.version': version = '', variant = '' } = platform;
  const path = [platform.os, platform.architecture, variant].filter((part) => part !== '').join('/');
  return {
    [`${prefix}PLATFORM`]: path,
    [`${prefix}OS`]: platform.os,
    [`${prefix}OSVERSION`]: version,
    [`${prefix}ARCH`]: platform.architecture,
    [`${prefix}VARIANT`]: variant,
  };
}
