import type { BuildArguments } from '../../dockerfile/evaluate/arguments.js';
import { localPlatform } from '../../image/platforms.js';
import type { Platform } from '../../v1/platform.js';

/** The variables that BuildKit defines for every build. */
export function predefinedVariables(target: Platform, stage: string | undefined): BuildArguments {
  return {
    ...variablesOf('BUILD', localPlatform()),
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
