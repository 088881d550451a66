/**
 * Every error that this package throws on purpose: one class per thing a caller can act on.
 *
 * Branch on `code`, or on the class with `instanceof`. Both also hold for errors of another copy of the package, such as its
 * CommonJS build.
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
export { ArchiveInvalidError } from './invalid/archive.js';
export { AuthError, type AuthErrorOptions, type AuthErrorReason } from './service/auth.js';
export { BadDigestError } from './invalid/digest.js';
export { BadNameError } from './invalid/name.js';
export { BadPatternError } from './invalid/pattern.js';
export { BadPlatformError } from './invalid/platform.js';
export {
  DockerfileError,
  type DockerfileErrorDetails,
  type DockerfileProblem,
} from './invalid/dockerfile.js';
export { ContainerError, type ContainerErrorOptions, isContainerError } from './base.js';
export { FileSystemError } from './file-system.js';
export { IncompleteListError } from './service/incomplete-list.js';
export { InUseError } from './service/in-use.js';
export { LimitExceededError } from './limit-exceeded.js';
export { ListenError } from './service/listen.js';
export { ManifestInvalidError } from './invalid/manifest.js';
export { BuildError, type BuildErrorDetails } from './build.js';
export { DigestMismatchError, SizeMismatchError } from './invalid/mismatch.js';
export { NotFoundError } from './service/not-found.js';
export { type Failure, PartialFailureError } from './service/partial-failure.js';
export { RebaseError, type RebaseProblem } from './rebase.js';
export { RegistryBlockedError } from './service/blocked.js';
export { SettingsInvalidError, type SettingsPosition } from './invalid/settings.js';
export { NotComputedError, StreamConsumedError } from './stream-state.js';
export { SourceChangedError } from './source-changed.js';
export { TagExistsError } from './service/tag-exists.js';
export {
  type Diagnostic,
  TransportError,
  type TransportErrorDetails,
  type TransportStep,
} from './service/transport.js';
export { UnsafePathError } from './invalid/path.js';
export { UnsupportedError } from './unsupported.js';
export { ValidationError } from './invalid/validation.js';
