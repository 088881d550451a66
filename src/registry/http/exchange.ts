import type { IncomingMessage, ServerResponse } from 'node:http';
import { BadDigestError } from '../../errors/invalid/digest.js';
import { type Hash, newHash } from '../../v1/hash.js';
import type { Authorizer } from './auth.js';
import type { ResolvedOptions } from './options.js';
import { ProtocolError } from '../store/protocol-error.js';
import type { UploadSessions } from '../store/uploads/sessions.js';

/** One request on its way through a resource: what was asked, and what it is answered from. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Checked against the grammar; empty for resources that belong to no repository. */
  readonly repository: string;
  /** The last part of the path, decoded and not yet checked. */
  readonly reference: string;
  readonly options: ResolvedOptions;
  readonly uploads: UploadSessions;
  readonly authorizer: Authorizer;
}

/** Answers requests of one method to one resource. */
export type Resource = (exchange: Exchange) => Promise<void>;

/** Parses a digest that the client sent; answers 400 if it is none. */
export function requireDigest(text: string): Hash {
  try {
    return newHash(text);
  } catch (error) {
    if (error instanceof BadDigestError) throw new ProtocolError(400, 'DIGEST_INVALID', error.message);
    throw error;
  }
}
