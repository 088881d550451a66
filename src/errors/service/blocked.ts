import { ContainerError } from '../base.js';

/** The settings forbid requests to a registry, or to a part of it. No request was sent. */
export class RegistryBlockedError extends ContainerError<'REGISTRY_BLOCKED'> {
  static {
    this.prototype.name = 'RegistryBlockedError';
  }

  /** The blocked registry or repository. */
  readonly subject: string;

  constructor(subject: string, rule: string) {
    super('REGISTRY_BLOCKED', `${subject}: blocked by the settings for ${rule}`, {
      hint: 'remove `blocked` for it from the settings, or from the registries.conf of this machine, to allow it',
    });
    this.subject = subject;
  }
}
