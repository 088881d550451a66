/** The commands of the help by their purpose, in the order of the help. */
export const commandGroups: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Move images:', ['push', 'pull', 'copy', 'sync', 'tag', 'delete', 'artifact']],
  [
    'Look at images:',
    [
      ...['inspect', 'tree', 'files', 'diff', 'check-base', 'digest', 'manifest', 'config', 'blob'],
      ...['ls', 'catalog', 'validate', 'export'],
    ],
  ],
  ['Make and change images:', ['build', 'append', 'mutate', 'edit', 'flatten', 'rebase', 'index', 'layout']],
  ['Registries and credentials:', ['auth', 'registry']],
  ['About gantry:', ['completion', 'version', 'help']],
];

/** The title of the group of a command. */
export function groupOf(name: string): string | undefined {
  return commandGroups.find(([, names]) => names.includes(name))?.[0];
}
