/**
 * The operations that are measured, each with its goal and the command line of every tool that supports it.
 *
 * `from` is a reference in a registry that has the image, `to` is one in an empty registry, and `out` is a path that does
 * not exist. `writes` says where the result is: in the registry, in a file, or nowhere.
 */
export function operations({ gantry, crane, skopeo, oras }, { tars, save, archive, layout, digest }) {
  const insecure = ['--insecure-policy', 'copy', '--src-tls-verify=false', '--dest-tls-verify=false'];
  const copyBySkopeo = skopeo && ((from, to) => [skopeo, ...insecure, from, to]);
  const files = tars.flatMap((tar) => ['-f', tar]);
  return [
    {
      name: 'append five plain tars and push',
      goal: { crane: 0.4 },
      writes: 'registry',
      gantry: ({ to }) => [...gantry, 'append', ...files, '-t', to],
      crane: crane && (({ to }) => [crane, 'append', ...files, '-t', to]),
    },
    {
      name: 'push a docker save file with plain layers',
      goal: { crane: 0.25, skopeo: 0.9 },
      writes: 'registry',
      gantry: ({ to }) => [...gantry, 'push', save, to],
      crane: crane && (({ to }) => [crane, 'push', save, to]),
      skopeo: copyBySkopeo && (({ to }) => copyBySkopeo(`docker-archive:${save}`, `docker://${to}`)),
    },
    {
      name: 'flatten',
      goal: { crane: 0.08 },
      writes: 'registry',
      gantry: ({ from, to }) => [...gantry, 'flatten', from, '-t', to],
      crane: crane && (({ from, to }) => [crane, 'flatten', from, '-t', to]),
    },
    {
      name: 'export to a tar',
      goal: { crane: 0.4 },
      writes: 'file',
      gantry: ({ from, out }) => [...gantry, 'export', from, out],
      crane: crane && (({ from, out }) => [crane, 'export', from, out]),
    },
    {
      name: 'validate',
      goal: { crane: 0.35 },
      gantry: ({ from }) => [...gantry, 'validate', '--remote', from],
      crane: crane && (({ from }) => [crane, 'validate', '--remote', from]),
    },
    {
      name: 'pull to a tar',
      goal: { crane: 1 },
      writes: 'file',
      gantry: ({ from, out }) => [...gantry, 'pull', from, out],
      crane: crane && (({ from, out }) => [crane, 'pull', from, out]),
      skopeo:
        copyBySkopeo && (({ from, out }) => copyBySkopeo(`docker://${from}`, `docker-archive:${out}:a:b`)),
    },
    {
      name: 'pull to a layout',
      goal: { crane: 1 },
      writes: 'file',
      gantry: ({ from, out }) => [...gantry, 'pull', '--format', 'oci', from, out],
      crane: crane && (({ from, out }) => [crane, 'pull', '--format', 'oci', from, out]),
      skopeo: copyBySkopeo && (({ from, out }) => copyBySkopeo(`docker://${from}`, `oci:${out}:latest`)),
      oras:
        oras &&
        (({ from, out }) => [oras, 'cp', '--from-plain-http', from, '--to-oci-layout', `${out}:latest`]),
    },
    {
      name: 'push a layout',
      goal: { crane: 1 },
      writes: 'registry',
      gantry: ({ to }) => [...gantry, 'push', layout, to],
      crane: crane && (({ to }) => [crane, 'push', layout, to]),
      skopeo: copyBySkopeo && (({ to }) => copyBySkopeo(`oci:${layout}`, `docker://${to}`)),
      oras:
        oras && (({ to }) => [oras, 'cp', '--from-oci-layout', `${layout}@${digest}`, '--to-plain-http', to]),
    },
    {
      name: 'push a tar with compressed layers',
      goal: { crane: 1 },
      writes: 'registry',
      gantry: ({ to }) => [...gantry, 'push', archive, to],
      crane: crane && (({ to }) => [crane, 'push', archive, to]),
    },
    {
      name: 'copy between registries',
      goal: { crane: 1 },
      writes: 'registry',
      gantry: ({ from, to }) => [...gantry, 'copy', from, to],
      crane: crane && (({ from, to }) => [crane, 'copy', from, to]),
      skopeo: copyBySkopeo && (({ from, to }) => copyBySkopeo(`docker://${from}`, `docker://${to}`)),
      oras: oras && (({ from, to }) => [oras, 'cp', '--from-plain-http', from, '--to-plain-http', to]),
    },
    ...['digest', 'manifest', 'config'].map((verb) => ({
      name: `${verb} of an image`,
      goal: { seconds: 0.12 },
      gantry: ({ from }) => [...gantry, verb, from],
      crane: crane && (({ from }) => [crane, verb, from]),
    })),
  ];
}

export const TOOLS = ['gantry', 'crane', 'skopeo', 'oras'];

/** The compression of each tool, from its documentation or source. */
export const LEVELS = {
  gantry: 'gzip 1',
  crane: 'gzip 1',
  skopeo: 'gzip, its default',
  oras: 'does not compress',
};
