import { ContainerError } from '../base.js';

/** The tag exists already, and the caller asked not to overwrite it. */
export class TagExistsError extends ContainerError<'TAG_EXISTS'> {
  static {
    this.prototype.name = 'TagExistsError';
  }

  constructor(tag: string) {
    super('TAG_EXISTS', `refusing to overwrite the existing tag ${tag}`, {
      hint: 'choose another tag, or allow it with `noClobber: false`',
    });
  }
}
