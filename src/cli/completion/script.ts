import type { CommandOutline } from './outline.js';
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import { powershellScript } from './powershell.js';
import type { Shell } from './shells.js';
import { contexts } from './words.js';
import { zshScript } from './zsh.js';

const writers = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} as const satisfies Readonly<Record<Shell, unknown>>;

/** A completion script that contains all commands, so that completion starts no process. */
export function completionScript(shell: Shell, program: CommandOutline): string {
  return writers[shell](contexts(program));
}
