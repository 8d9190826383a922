/** The commands of a runbook: what stands in the fenced `sh` blocks of a Markdown text. */

/** One command each, in their order: continued lines joined, `&&` taken apart, comments and empty lines left out. */
export function commandsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split(/\n|\s&&\s/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
}

/** The words of a command, as a shell takes them apart: quotes hold words together. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}

/** The commands of the fenced blocks without a language, by the heading that they stand under. */
export function sectionsOf(markdown: string): ReadonlyMap<string, readonly string[]> {
  const sections = markdown.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [title = '', ...lines] = section.split('\n');
      const blocks = [...lines.join('\n').matchAll(/^ *```\n(.*?)^ *```$/gms)];
      const commands = blocks.flatMap(([, block = '']) => block.split('\n').map((line) => line.trim()));
      return [title, commands.filter((line) => line !== '')];
    }),
  );
}
