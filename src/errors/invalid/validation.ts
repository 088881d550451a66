import { ContainerError } from '../base.js';

/** An image, index or layer is not consistent. The error holds all findings. */
export class ValidationError extends ContainerError<'VALIDATION'> {
  static {
    this.prototype.name = 'ValidationError';
  }

  /** One sentence per finding, in the order in which the checks found them. */
  readonly findings: readonly string[];

  constructor(subject: string, findings: readonly string[]) {
    super('VALIDATION', `${subject}: ${findings.join('; ')}`);
    this.findings = Object.freeze([...findings]);
  }
}
