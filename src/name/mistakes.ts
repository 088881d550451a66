import { BadNameError } from '../errors/invalid/name.js';
import { assertText } from '../internal/arguments.js';

/** Longer than the longest host, port, repository, tag and digest together. */
const MAX_LENGTH = 1024;

/** Refuses texts that people often paste by mistake, with a better reason than the grammar could give. */
export function refuseMistakes(name: string): void {
  assertName(name);
  if (name.length > MAX_LENGTH) throw new BadNameError(name, `it is longer than ${MAX_LENGTH} characters`);
  if (name !== name.trim()) {
    throw new BadNameError(name, 'it starts or ends with white space', 'remove the white space');
  }
  const hex = /^(?:sha256:)?([0-9a-f]{64})$/.exec(name)?.[1];
  if (hex !== undefined) {
    throw new BadNameError(
      name,
      'it is the ID or the digest of an image, not a reference',
      `write docker-daemon:sha256:${hex} for an image of a Docker Engine, or REPOSITORY@sha256:${hex} for one of a registry`,
    );
  }
  const scheme = /^[a-z-]{1,32}:\/\//i.exec(name)?.[0];
  if (scheme !== undefined) {
    const insecure = scheme.toLowerCase() === 'http://' ? ', and mark the registry as insecure' : '';
    throw new BadNameError(name, `it starts with ${scheme}`, `leave out ${scheme}${insecure}`);
  }
  if (name.includes('\\')) throw new BadNameError(name, 'it contains a backslash', 'separate parts with /');
}

/** @throws TypeError if a name is not text. */
export function assertName(name: unknown): asserts name is string {
  assertText('name', name, 'text such as `registry.example/team/app:v1`');
}

/** Refuses a user name before the host: requests would go to the host after the `@`, and people read the text before it. */
export function refuseUserInfo(name: string, afterAt: string): void {
  if (!afterAt.includes('/')) return;
  throw new BadNameError(
    name,
    'it contains an @ before its last slash',
    'a name cannot contain a user name or a password; pass them as `auth`',
  );
}
