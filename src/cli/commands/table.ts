import { declareAppend } from './append.js';
import { declareAuth } from './auth.js';
import { declareBlob } from './blob.js';
import { declareCatalog } from './catalog.js';
import { declareCompletion } from './completion.js';
import { declareConfig } from './config.js';
import { declareCopy } from './copy.js';
import type { Declare } from './declare.js';
import { declareDelete } from './delete.js';
import { declareDigest } from './digest.js';
import { declareExport } from './export.js';
import { declareFlatten } from './flatten.js';
import { declareIndex } from './index-group.js';
import { declareLayout } from './layout.js';
import { declareLs } from './ls.js';
import { declareManifest } from './manifest.js';
import { declareMutate } from './mutate.js';
import { declarePull } from './pull.js';
import { declarePush } from './push.js';
import { declareRebase } from './rebase.js';
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
  declareBlob,
  declareExport,
  declareIndex,
  declareLayout,
  declareLs,
  declareCatalog,
  declareAppend,
  declareMutate,
  declareFlatten,
  declareRebase,
  declareValidate,
  declareRegistry,
  declareAuth,
  declareCompletion,
  declareVersion,
];
