import type { IncomingMessage, ServerResponse } from 'node:http';
import { BadDigestError } from '../../errors/invalid/digest.js';
import { type Hash, newHash } from '../../v1/hash.js';
import type { Authorizer } from './auth.js';
import type { ResolvedOptions } from './options.js';
import { ProtocolError } from '../store/protocol-error.js';
import type { UploadSessions } from '../store/uploads/sessions.js';

/** One request, and everything that a resource needs to respond to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** The validated name of the repository; empty for a resource that belongs to no repository. */
  readonly repository: string;
  /** The last part of the path, decoded but not validated. */
  readonly reference: string;
  readonly options: ResolvedOptions;
  readonly uploads: UploadSessions;
  readonly authorizer: Authorizer;
}

/** Responds to requests of one method to one resource. */
export type Resource = (exchange: Exchange) => Promise<void>;

/** Parses a digest that the client sent. An invalid digest causes a response 400. */
export function requireDigest(text: string): Hash {
  try {
    return newHash(text);
  } catch (error) {
    if (error instanceof BadDigestError) throw new ProtocolError(400, 'DIGEST_INVALID', error.message);
    throw error;
  }
}
