import { parsePort } from '../evaluate/ports.js';
import { expand, type LexerOptions, type Variables } from '../expand/lexer.js';
import type { ExposeInstruction } from '../instructions/types.js';
import { attempt } from './context.js';
import { expandIn, type Visit, warn } from './visit.js';

/** Checks the ports of EXPOSE. As in BuildKit, variables that are not defined are not reported here. */
export function checkPorts({ source, ports }: ExposeInstruction, visit: Visit): void {
  const { report } = visit.context;
  for (const port of ports) {
    const step = (variables: Variables, options: LexerOptions): readonly string[] =>
      expand(port, variables, options).words;
    const { value = [], isCertain } = expandIn(visit, source, step, { isLenient: true });
    if (!isCertain) continue;
    for (const word of value) {
      attempt(report, visit.range, () => {
        checkPort(word, visit);
      });
    }
  }
}

function checkPort(text: string, visit: Visit): void {
  const { writtenProtocol, hasHost } = parsePort(text);
  if (writtenProtocol !== writtenProtocol.toLowerCase())
    warn(visit, 'ExposeProtoCasing', `the protocol of the port ${JSON.stringify(text)} is not in lower case`);
  if (hasHost) {
    const message = `the port ${JSON.stringify(text)} has an address or a port of the host, which EXPOSE does not use`;
    warn(visit, 'ExposeInvalidFormat', message);
  }
}
