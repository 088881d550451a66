import { ContainerError } from '../base.js';

/** A text is not a valid platform. */
export class BadPlatformError extends ContainerError<'BAD_PLATFORM'> {
  static {
    this.prototype.name = 'BadPlatformError';
  }

  constructor(text: string, reason: string) {
    super('BAD_PLATFORM', `cannot parse platform ${JSON.stringify(text.slice(0, 160))}: ${reason}`, {
      hint: 'a platform is os[/architecture[/variant]][:osversion], such as linux/arm64/v8',
    });
  }
}
