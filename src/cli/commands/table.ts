import { declareCatalog } from './catalog.js';
import { declareConfig } from './config.js';
import { declareCopy } from './copy.js';
import type { Declare } from './declare.js';
import { declareDelete } from './delete.js';
import { declareDigest } from './digest.js';
import { declareLs } from './ls.js';
import { declareManifest } from './manifest.js';
import { declarePull } from './pull.js';
import { declarePush } from './push.js';
import { declareRegistry } from './registry.js';
import { declareTag } from './tag.js';
import { declareValidate } from './validate.js';
import { declareVersion } from './version.js';

/** Every command, in the order of the help. */
export const commands: readonly Declare[] = [
  declarePush,
  declarePull,
  declareCopy,
  declareTag,
  declareDelete,
  declareDigest,
  declareManifest,
  declareConfig,
  declareLs,
  declareCatalog,
  declareValidate,
  declareRegistry,
  declareVersion,
];
