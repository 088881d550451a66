import { ContainerError } from './base.js';

/** A file or opener gave other content than when it was read before. */
export class SourceChangedError extends ContainerError<'SOURCE_CHANGED'> {
  static {
    this.prototype.name = 'SourceChangedError';
  }

  constructor(subject: string, reason: string) {
    super('SOURCE_CHANGED', `${subject} changed since it was first read: ${reason}`, {
      hint: 'make the layer again after the last write to its source',
    });
  }
}
