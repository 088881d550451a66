import type { Context } from './words.js';

/** For PowerShell 5 and newer. */
export function powershellScript(contexts: readonly Context[]): string {
  const table = contexts.map(({ path, words }) => {
    const list = words.map(
      ({ text, description }) =>
        `    [System.Management.Automation.CompletionResult]::new(${quoted(text)}, ${quoted(text)}, 'ParameterValue', ${quoted(description || text)})`,
    );
    return `  ${quoted(path)} = @(\n${list.join('\n')}\n  )`;
  });
  const values = contexts.flatMap((context) =>
    [...context.values].map(
      ([flag, choices]) => `  ${quoted(`${context.path} ${flag}`)} = @(${choices.map(quoted).join(', ')})`,
    ),
  );
  return `# PowerShell completion for gantry
$gantryWords = @{
${table.join('\n')}
}
$gantryValues = @{
${values.join('\n')}
}
Register-ArgumentCompleter -Native -CommandName gantry -ScriptBlock {
  param($word, $line, $cursor)
  $command = ''
  $previous = ''
  foreach ($element in ($line.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -ge $cursor) { break }
    $previous = $element.ToString()
    $longer = "$command $previous".Trim()
    if ($gantryWords.ContainsKey($longer)) { $command = $longer }
  }
  $choices = $gantryValues["$command $previous"]
  if ($choices) {
    $choices | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
  } else {
    $gantryWords[$command] | Where-Object { $_.CompletionText -like "$word*" }
  }
}.GetNewClosure()
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
