/**
 * Every error that this package throws on purpose: one class per thing a caller can act on.
 *
 * Branch on `code`, which also holds across two installed copies of the package.
 *
 * ```ts
 * import { isContainerError } from 'containerregistry/errors';
 *
 * try {
 *   await remote.head(name.parseReference('registry.example/app:v1'));
 * } catch (error) {
 *   if (isContainerError(error) && error.code === 'NOT_FOUND') console.error(error.hint ?? error.message);
 *   else throw error;
 * }
 * ```
 *
 * @packageDocumentation
 */
export { AmbiguousError } from './ambiguous.js';
export { ArchiveInvalidError } from './archive-invalid.js';
export { AuthError } from './auth.js';
export { BadDigestError } from './bad-digest.js';
export { BadNameError } from './bad-name.js';
export { BadPatternError } from './bad-pattern.js';
export { BadPlatformError } from './bad-platform.js';
export { ContainerError, type ContainerErrorOptions, isContainerError } from './base.js';
export { FileSystemError } from './file-system.js';
export { InUseError } from './in-use.js';
export { LimitExceededError } from './limit-exceeded.js';
export { ListenError } from './listen.js';
export { ManifestInvalidError } from './manifest-invalid.js';
export { DigestMismatchError, SizeMismatchError } from './mismatch.js';
export { NotFoundError } from './not-found.js';
export { type Failure, PartialFailureError } from './partial-failure.js';
export { RebaseError, type RebaseProblem } from './rebase.js';
export { RegistryBlockedError } from './registry-blocked.js';
export { SettingsInvalidError, type SettingsPosition } from './settings-invalid.js';
export { NotComputedError, StreamConsumedError } from './stream-state.js';
export { SourceChangedError } from './source-changed.js';
export { TagExistsError } from './tag-exists.js';
export {
  type Diagnostic,
  TransportError,
  type TransportErrorDetails,
  type TransportStep,
} from './transport.js';
export { UnsafePathError } from './unsafe-path.js';
export { UnsupportedError } from './unsupported.js';
export { ValidationError } from './validation.js';
