import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** A position in a text file. */
export interface SettingsPosition {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
}

/**
 * A file with settings for registries is not valid. The error does not quote its content, which may hold secrets.
 */
export class SettingsInvalidError extends ContainerError<'SETTINGS_INVALID'> {
  static {
    this.prototype.name = 'SettingsInvalidError';
  }

  /** Path of the file. */
  readonly file: string;
  /** Where in the file the mistake is; undefined if that is not known. */
  readonly position: SettingsPosition | undefined;

  constructor(
    file: string,
    reason: string,
    {
      position,
      ...options
    }: ContainerErrorOptions & { readonly position?: SettingsPosition | undefined } = {},
  ) {
    const location = position === undefined ? '' : `:${position.line}:${position.column}`;
    super('SETTINGS_INVALID', `read ${file}${location}: ${reason}`, options);
    this.file = file;
    this.position = position;
  }
}
