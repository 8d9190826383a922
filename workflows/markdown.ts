/** Markdown for the Temporal UI, in which whatever people write shows as plain text. */

export type Fact = readonly [name: string, markdown: string];

/** A list of facts, each with its name in front. */
export const list = (facts: readonly Fact[]): string =>
  facts.map(([name, markdown]) => `- **${name}:** ${markdown}`).join('\n');

export const block = (language: string, content: string): string => `\`\`\`${language}\n${content}\n\`\`\``;

/** Text of people and certificates: no markup, no links, nothing that breaks out of its line, nothing invisible. */
export function text(given: string, longest = 600): string {
  const cut = given.length > longest ? `${given.slice(0, longest)}…` : given;
  return visible(cut)
    .replaceAll(/[\\|`*_~^$<>[\]#&]/g, String.raw`\$&`)
    .replaceAll('://', String.raw`\://`)
    .replaceAll('www.', String.raw`www\.`);
}

/** A name to copy. Names are plain; one that is not shows as text, since nothing can be escaped within a code span. */
export const code = (name: string): string => (/^[\w:./@-]+$/.test(name) ? `\`${name}\`` : text(name));

export const shellWord = (word: string): string => `'${visible(word).replaceAll("'", String.raw`'\''`)}'`;

/** Characters that cannot be seen, or that turn the direction of writing, could make a name look like another. */
const visible = (given: string): string => given.replaceAll(/\s+/g, ' ').replaceAll(/\p{C}/gu, '\u{FFFD}');

/** `2026-11-22 08:00:42 UTC` for an instant in ISO 8601. */
export const moment = (instant: string): string => `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;
