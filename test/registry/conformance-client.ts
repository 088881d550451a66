import { createHash, randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { type HttpResponse, type HttpRequestOptions, sendRequest } from '../support/servers/send-request.js';

export type Algorithm = 'sha256' | 'sha512';

export function digestOf(content: Uint8Array, algorithm: Algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;
}

/** Random content under its digest. */
export interface Blob {
  readonly digest: string;
  readonly content: Buffer;
}

export function randomBlob(size: number, algorithm: Algorithm = 'sha256'): Blob {
  const content = randomBytes(size);
  return { digest: digestOf(content, algorithm), content };
}

/** The ways in which a client may send a blob. */
export const pushMethods = ['post', 'post and put', 'stream', 'chunks', 'chunks, the last by put'] as const;
export type PushMethod = (typeof pushMethods)[number];

/** A client that uses the protocol exactly as the specification describes it, with one registry. */
export class ConformanceClient {
  readonly #url: string;
  readonly #authorization: string | undefined;

  constructor(url: string, authorization?: string) {
    this.#url = url;
    this.#authorization = authorization;
  }

  async ask(path: string, question: HttpRequestOptions = {}): Promise<HttpResponse> {
    const authorization = this.#authorization === undefined ? {} : { Authorization: this.#authorization };
    return sendRequest(this.#url, path, { ...question, headers: { ...authorization, ...question.headers } });
  }

  /** Pushes a blob and returns the last response. */
  async push(repository: string, blob: Blob, method: PushMethod = 'post and put'): Promise<HttpResponse> {
    const { digest, content } = blob;
    if (method === 'post') {
      return this.ask(`/v2/${repository}/blobs/uploads/?digest=${digest}`, { method: 'POST', body: content });
    }
    let location = await this.start(repository);
    if (method === 'post and put') {
      return this.ask(`${location}?digest=${digest}`, { method: 'PUT', body: content });
    }
    if (method === 'stream') {
      const sent = await this.ask(location, { method: 'PATCH', body: [content] });
      expect(sent.status).toBe(202);
      return this.ask(`${String(sent.headers.location)}?digest=${digest}`, { method: 'PUT', body: '' });
    }
    const third = Math.ceil(content.byteLength / 3);
    for (let start = 0; start < content.byteLength; start += third) {
      const isLast = start + third >= content.byteLength;
      if (isLast && method === 'chunks, the last by put') {
        return this.chunk(`${location}?digest=${digest}`, content, start, third, 'PUT');
      }
      const sent = await this.chunk(location, content, start, third);
      expect(sent.status).toBe(202);
      expect(sent.headers.range).toBe(`0-${Math.min(start + third, content.byteLength) - 1}`);
      location = String(sent.headers.location);
    }
    return this.ask(`${location}?digest=${digest}`, { method: 'PUT', headers: { 'Content-Length': 0 } });
  }

  /** Opens an upload and returns its location. */
  async start(repository: string): Promise<string> {
    const started = await this.ask(`/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    expect(started.status).toBe(202);
    return String(started.headers.location);
  }

  /** Sends one chunk of the content. */
  async chunk(
    location: string,
    content: Buffer,
    start: number,
    length: number,
    method = 'PATCH',
  ): Promise<HttpResponse> {
    const body = content.subarray(start, start + length);
    return this.ask(location, {
      method,
      headers: {
        'Content-Type': 'application/octet-stream',
        'Content-Range': `${start}-${start + body.byteLength - 1}`,
      },
      body,
    });
  }

  /** Expects that the whole blob is served, also under the location that the response of the push named. */
  async expectBlob(repository: string, { digest, content }: Blob, location?: string): Promise<void> {
    const path = `/v2/${repository}/blobs/${digest}`;
    const head = await this.ask(path, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers['content-length']).toBe(String(content.byteLength));
    expect(head.headers['docker-content-digest']).toBe(digest);
    expect(head.body).toHaveLength(0);
    for (const where of [path, location ?? path]) {
      const got = await this.ask(where);
      expect(got.status).toBe(200);
      expect(got.headers['content-length']).toBe(String(content.byteLength));
      expect(got.headers['docker-content-digest']).toBe(digest);
      expect(got.body.equals(content)).toBe(true);
    }
  }

  async expectBlobMissing(repository: string, digest: string): Promise<void> {
    const path = `/v2/${repository}/blobs/${digest}`;
    expect((await this.ask(path, { method: 'HEAD' })).status).toBe(404);
    expectError(await this.ask(path), 404, 'BLOB_UNKNOWN');
  }

  async deleteBlob(repository: string, digest: string): Promise<void> {
    const deleted = await this.ask(`/v2/${repository}/blobs/${digest}`, { method: 'DELETE' });
    expect(deleted.status).toBe(202);
    await this.expectBlobMissing(repository, digest);
  }
}

/** Expects an error document with this status and code. */
export function expectError(response: HttpResponse, status: number, code: string): void {
  expect(response.status).toBe(status);
  expect(response.headers['content-type']).toBe('application/json');
  expect(response.json()).toMatchObject({ errors: [{ code, message: expect.any(String) }] });
}
