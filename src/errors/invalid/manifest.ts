import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** A manifest, index, config or archive manifest does not follow its specification. */
export class ManifestInvalidError extends ContainerError<'MANIFEST_INVALID'> {
  static {
    this.prototype.name = 'ManifestInvalidError';
  }

  constructor(message: string, options?: ContainerErrorOptions) {
    super('MANIFEST_INVALID', message, options);
  }
}
