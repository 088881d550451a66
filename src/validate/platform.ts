import type { Platform } from '../v1/platform.js';
import { compare, type Findings } from './findings.js';

/** Compares the platform under which an index lists an image with the platform in the image's config. */
export function comparePlatforms(listed: Platform, config: Platform | undefined): Findings {
  if (config === undefined) return ['the config names no platform'];
  return [
    ...compare('os', listed.os, config.os),
    ...compare('architecture', listed.architecture, config.architecture),
    ...compare('variant', variant(listed), variant(config)),
    ...compare('os.version', listed['os.version'] ?? '', config['os.version'] ?? ''),
    ...compare('os.features', sorted(listed['os.features']), sorted(config['os.features'])),
  ];
}

/** The variant `v8` of 64-bit Arm is commonly left out. */
function variant({ architecture, variant = '' }: Platform): string {
  return architecture === 'arm64' && variant === '' ? 'v8' : variant;
}

function sorted(features: readonly string[] = []): string {
  return [...features].sort().join(',');
}
