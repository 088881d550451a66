/** The names of Linux's signals, without `SIG`, as `STOPSIGNAL` accepts them. */
const NAMES: ReadonlySet<string> = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP ' +
    'TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
);

/** Whether a text is a signal: a number, or a name in any case, with or without `SIG`. */
export function isSignal(text: string): boolean {
  if (/^[+-]?\d+$/.test(text)) return Number(text) !== 0;
  const name = text.toUpperCase().replace(/^SIG/, '');
  return NAMES.has(name) || /^RTM(?:IN\+(?:1[0-5]|[1-9])|AX-(?:1[0-4]|[1-9]))$/.test(name);
}
