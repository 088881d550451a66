import { ContainerError, type ContainerErrorOptions } from '../base.js';

export interface SettingsPosition {
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

/** A file with settings for registries cannot be used as it is; its content is not quoted. */
export class SettingsInvalidError extends ContainerError<'SETTINGS_INVALID'> {
  static {
    this.prototype.name = 'SettingsInvalidError';
  }

  readonly file: string;
  /** Where in the file, if that is known. */
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
