/** The commands of the help by their purpose, in the order of the help. */
export const commandGroups: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Move images:', ['push', 'pull', 'copy', 'tag', 'delete']],
  ['Look at images:', ['digest', 'manifest', 'config', 'blob', 'ls', 'catalog', 'validate', 'export']],
  ['Make and change images:', ['build', 'append', 'mutate', 'flatten', 'rebase', 'index', 'layout']],
  ['Registries and credentials:', ['auth', 'registry']],
  ['About gantry:', ['completion', 'version', 'help']],
];

/** The title of the group of a command. */
export function groupOf(name: string): string | undefined {
  return commandGroups.find(([, names]) => names.includes(name))?.[0];
}
