import { ContainerError } from './base.js';

/** A value of a one-shot stream was requested before the stream was read to its end. */
export class NotComputedError extends ContainerError<'NOT_COMPUTED'> {
  static {
    this.prototype.name = 'NotComputedError';
  }

  constructor(what: string) {
    super('NOT_COMPUTED', `${what} is not known before the layer's stream is consumed`, {
      hint: 'write the image first, or create the layer from a file or an opener',
    });
  }
}

/** A one-shot stream was opened a second time. */
export class StreamConsumedError extends ContainerError<'STREAM_CONSUMED'> {
  static {
    this.prototype.name = 'StreamConsumedError';
  }

  constructor() {
    super('STREAM_CONSUMED', "the layer's stream was already consumed", {
      hint: 'create the layer from a file or an opener if it is needed more than once',
    });
  }
}
