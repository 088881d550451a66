import { ContainerError } from './base.js';

/** A file or opener returned other content than in an earlier pass over it. */
export class SourceChangedError extends ContainerError<'SOURCE_CHANGED'> {
  static {
    this.prototype.name = 'SourceChangedError';
  }

  constructor(subject: string, reason: string) {
    super('SOURCE_CHANGED', `${subject} changed since it was first read: ${reason}`, {
      hint: 'create the layer after the last write to its source',
    });
  }
}
