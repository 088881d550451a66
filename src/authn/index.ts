/**
 * Credentials for registries ({@link Authenticator}), and where to find them ({@link Keychain}).
 *
 * This module sends no requests. `transport` turns credentials into headers and tokens, and decides which server may
 * see them.
 *
 * @example
 * ```ts
 * import { authn } from 'containerregistry';
 *
 * const auth = authn.newMultiKeychain(authn.defaultKeychain, authn.github.keychain);
 * ```
 *
 * @packageDocumentation
 */
export type { AuthConfig, Authenticator, Keychain, Resource } from './config/authenticator.js';
export { anonymous } from './config/anonymous.js';
export { type Auth, byHost, type Credentials, type CredentialsByHost } from './config/credentials.js';
export { basic, bearer, fromConfig, fromHeader } from './config/from-config.js';
export { lenient, type LenientOptions } from './lenient.js';
export { newMultiKeychain } from './multi-keychain.js';
export { newPlatformKeychain } from './platform-keychain.js';
export { refreshingKeychain } from './refreshing-keychain.js';
export { type Helper, type HelperCredentials, newKeychainFromHelper } from './helpers/helper.js';
export {
  type HelperProgram,
  type HelperProgramOptions,
  helperFromProgram,
} from './helpers/helper-program.js';
export { type ConfigLocationOptions, configFiles, type Environment } from './config/locations.js';
export { defaultKeychain, type DefaultKeychainOptions, newDefaultKeychain } from './default-keychain.js';
export { resolveAuth } from './resolve-auth.js';
export { login, type LoginResult } from './login.js';
export { logout, type LogoutResult } from './logout.js';
export type { RemainingCredentials as LeftCredentials } from './remaining-credentials.js';
export { type LoginOptions, resourceOf } from './login-target.js';
export * as github from './github.js';
