import type { IncomingMessage, ServerResponse } from 'node:http';
import { FileSystemError } from '../errors/file-system.js';
import { checkRepositoryPath } from '../name/grammar.js';
import { type Access, type Authorizer, newAuthorizer } from './http/auth.js';
import { type RegistryOptions, type ResolvedOptions, resolveOptions } from './http/options.js';
import { ProtocolError } from './store/protocol-error.js';
import { openUpload } from './store/uploads/open-upload.js';
import { respondError } from './http/respond.js';
import { matchRoute } from './routes.js';
import { closeStores } from './store/open-stores.js';
import { UploadSessions } from './store/uploads/sessions.js';

/** A listener for `node:http` and `node:https` servers. */
export interface RegistryListener {
  (request: IncomingMessage, response: ServerResponse): void;
  /** Discards the uploads in progress with their temporary files, and closes the stores. The server is not closed. */
  close(): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a registry: a listener that speaks the OCI distribution protocol, for any `node:http` server. Two registries share
 * no data unless they have the same stores.
 *
 * @throws TypeError if a limit is below 1, or `warning` is not printable ASCII.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export function newRegistry(options: RegistryOptions = {}): RegistryListener {
  const resolved = resolveOptions(options);
  const uploads = new UploadSessions(async () => openUpload(resolved.blobs), resolved);
  const registry: Registry = { options: resolved, uploads, authorizer: newAuthorizer(resolved.auth) };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // Only the response to an error, or the caller's logger, can still fail here. Neither may end the process.
    handleRequest(registry, request, response).catch(() => response.destroy());
  };
  const close = async (): Promise<void> => {
    await uploads.endAll();
    await closeStores(resolved);
  };
  return Object.defineProperties(listener, {
    close: { value: close },
    [Symbol.asyncDispose]: { value: close },
  }) as RegistryListener;
}

interface Registry {
  readonly options: ResolvedOptions;
  readonly uploads: UploadSessions;
  readonly authorizer: Authorizer;
}

/** Responds to one request. If its resource fails, the response is an error document. */
async function handleRequest(
  registry: Registry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { logger, warning } = registry.options;
  const startedAt = performance.now();
  let failure: Error | undefined;
  response.setHeader('Docker-Distribution-API-Version', 'registry/2.0');
  // A browser must not interpret pushed content as a page or a script.
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (warning !== undefined) response.setHeader('Warning', `299 - ${JSON.stringify(warning)}`);
  try {
    await dispatch(registry, request, response);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    // A response that has begun is cut off, so that the client notices that it is incomplete.
    if (response.headersSent || response.destroyed) response.destroy();
    else respondError(response, toProtocolError(error));
    // An unread rest of the body would block the next request on the connection.
    request.resume();
  }
  logger?.({
    method: request.method ?? '',
    url: request.url ?? '',
    status: response.headersSent ? response.statusCode : 0,
    durationMs: performance.now() - startedAt,
    error: failure,
  });
}

async function dispatch(
  registry: Registry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = (request.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
  const [path = '', query = ''] = target.split(/\?(.*)/s, 2);
  const match = matchRoute(decodePath(path));
  if (match === undefined) throw new ProtocolError(404, 'UNSUPPORTED', 'no such endpoint');
  const { methods, name, reference } = match;
  const endpoint = Object.hasOwn(methods, request.method ?? '') ? methods[request.method ?? ''] : undefined;
  if (endpoint === undefined) {
    throw new ProtocolError(405, 'UNSUPPORTED', 'method is not allowed here', {
      headers: { Allow: Object.keys(methods).join(', ') },
    });
  }
  const invalidName = name === undefined ? undefined : checkRepositoryPath(name);
  if (invalidName !== undefined) throw new ProtocolError(400, 'NAME_INVALID', invalidName.reason);
  await registry.authorizer.require(request, accessOf(endpoint.access, name ?? ''));
  await endpoint.run({
    ...registry,
    request,
    response,
    query: new URLSearchParams(query),
    repository: name ?? '',
    reference,
  });
}

function accessOf(access: 'ping' | 'catalog' | 'pull' | 'push' | 'delete', name: string): Access {
  return access === 'ping' || access === 'catalog'
    ? { type: access }
    : { type: 'repository', name, action: access };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ProtocolError(400, 'NAME_INVALID', 'path is not valid percent-encoding');
  }
}

/** The error that the client receives. For an internal failure it contains no path and no cause. */
function toProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const isDiskFull =
    error instanceof FileSystemError && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.systemCode);
  return isDiskFull
    ? new ProtocolError(507, 'UNSUPPORTED', 'no space left in the registry')
    : new ProtocolError(500, 'UNSUPPORTED', 'internal error of the registry');
}
