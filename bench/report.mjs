import { availableParallelism, totalmem } from 'node:os';
import { LEVELS, TOOLS } from './operations.mjs';

/** The page about a run. It has ratios of times only, because they depend less on the machine. */
export function report(results, { small, runs, bytes, versions }) {
  const size = bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(0)} MB`;
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${[
    '# Benchmarks',
    '',
    '`npm run bench` measures and writes this page. Each command runs in its own process against a new registry',
    '(Distribution) on the same machine, in turn with the other tools. Numbers are medians.',
    ...(small
      ? [
          '',
          '**A quick run with `--small`**: it shows mostly the time to start, so it is not compared with the goals.',
        ]
      : []),
    '',
    `- ${availableParallelism()} cores, ${memory} GiB of memory, Node ${process.version.slice(1)}; ${versions.join(', ')}`,
    `- ${size} of real files in five layers; ${runs} runs of each command`,
    `- compression, if the command compresses: ${TOOLS.map((tool) => `${tool} ${LEVELS[tool]}`).join(', ')}`,
    '',
    '## Time',
    '',
    'The time of gantry divided by the time of the other tool: below 1, gantry is faster. CPU time is without the registry.',
    '',
    ...table(
      [
        'operation',
        'wall: crane',
        'skopeo',
        'oras',
        'CPU: crane',
        'skopeo',
        'oras',
        ...(small ? [] : ['goal (wall)']),
      ],
      results.map(({ operation, measured }) => [
        operation.name,
        ...TOOLS.slice(1).map((tool) => ratio(measured, tool, 'wall')),
        ...TOOLS.slice(1).map((tool) => ratio(measured, tool, 'cpu')),
        ...(small ? [] : [goal(operation, measured)]),
      ]),
    ),
    '',
    '## Memory, requests, output',
    '',
    'Peak memory in MiB, requests to the registries, and bytes of the result in MB, as gantry / crane / skopeo / oras.',
    '',
    ...table(
      ['operation', 'memory', 'requests', 'output'],
      results.map(({ operation, measured }) => [
        operation.name,
        each(measured, ({ peak }) => peak.toFixed(0)),
        each(measured, ({ requests }) => requests.toFixed(0)),
        operation.writes === undefined ? '' : each(measured, (sample) => (sample.size / 1e6).toFixed(1)),
      ]),
    ),
  ].join('\n')}\n`;
}

function ratio(measured, tool, field) {
  const other = measured.get(tool)?.[field];
  return other === undefined || other < 0.005 ? '' : (measured.get('gantry')[field] / other).toFixed(2);
}

function goal({ goal: wanted }, measured) {
  const parts = Object.entries(wanted).flatMap(([tool, most]) => {
    const { wall } = measured.get('gantry');
    if (tool === 'seconds') return [verdict(wall <= most, `${most} s`)];
    const other = measured.get(tool)?.wall;
    return other === undefined ? [] : [verdict(wall / other <= most, `${most} of ${tool}`)];
  });
  return parts.join(', ');
}

function verdict(reached, text) {
  return `${reached ? 'reached' : '**missed**'}: ${text}`;
}

function each(measured, show) {
  return TOOLS.map((tool) => (measured.has(tool) ? show(measured.get(tool)) : '-')).join(' / ');
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
