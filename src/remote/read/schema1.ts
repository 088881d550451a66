import { UnsupportedError } from '../../errors/unsupported.js';

/** Docker's first manifest format can be fetched as bytes, but its images cannot be read. */
export function refuseSchema1(subject: string): never {
  throw new UnsupportedError(`${subject} is of Docker's schema 1, which is not supported`, {
    hint: 'push the image again with a current tool, or ask the registry to convert it',
  });
}
