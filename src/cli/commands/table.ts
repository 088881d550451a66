import { declareAppend } from './changing/append.js';
import { declareArtifact } from './artifact.js';
import { declareAuth } from './auth.js';
import { declareBlob } from './reading/blob.js';
import { declareBuild } from './changing/build.js';
import { declareCatalog } from './reading/catalog.js';
import { declareCheckBase } from './reading/check-base.js';
import { declareCompletion } from './completion.js';
import { declareConfig } from './reading/config.js';
import { declareCopy } from './moving/copy.js';
import type { Declare } from '../context/declare.js';
import { declareDelete } from './moving/delete.js';
import { declareDiff } from './reading/diff.js';
import { declareDigest } from './reading/digest.js';
import { declareEdit } from './changing/edit.js';
import { declareExport } from './reading/export.js';
import { declareFiles } from './reading/files.js';
import { declareFlatten } from './changing/flatten.js';
import { declareIndex } from './changing/index-group.js';
import { declareInspect } from './reading/inspect.js';
import { declareLayout } from './layout.js';
import { declareLs } from './reading/ls.js';
import { declareManifest } from './reading/manifest.js';
import { declareMutate } from './changing/mutate.js';
import { declarePull } from './moving/pull.js';
import { declarePush } from './moving/push.js';
import { declareRebase } from './changing/rebase.js';
import { declareRegistry } from './registry.js';
import { declareSync } from './moving/sync.js';
import { declareTag } from './moving/tag.js';
import { declareTree } from './reading/tree.js';
import { declareValidate } from './reading/validate.js';
import { declareVersion } from './version.js';

/** Every command, in the order of the help. */
export const commands: readonly Declare[] = [
  declarePush,
  declarePull,
  declareCopy,
  declareSync,
  declareTag,
  declareDelete,
  declareInspect,
  declareTree,
  declareDigest,
  declareManifest,
  declareConfig,
  declareBlob,
  declareExport,
  declareFiles,
  declareDiff,
  declareArtifact,
  declareIndex,
  declareLayout,
  declareLs,
  declareCatalog,
  declareBuild,
  declareAppend,
  declareMutate,
  declareEdit,
  declareFlatten,
  declareRebase,
  declareCheckBase,
  declareValidate,
  declareRegistry,
  declareAuth,
  declareCompletion,
  declareVersion,
];
