import { ContainerError } from '../base.js';

/** The settings forbid to talk to a registry, or to this part of it; nothing was sent. */
export class RegistryBlockedError extends ContainerError<'REGISTRY_BLOCKED'> {
  static {
    this.prototype.name = 'RegistryBlockedError';
  }

  /** The registry or repository that was asked for. */
  readonly subject: string;

  constructor(subject: string, rule: string) {
    super('REGISTRY_BLOCKED', `${subject}: blocked by the settings for ${rule}`, {
      hint: 'whoever wrote `blocked` into the settings or the registries.conf of this machine can lift it',
    });
    this.subject = subject;
  }
}
