/**
 * Text that one person writes and another one reads, on a terminal or at login. What it must not hold are characters that
 * nobody sees and that change what is seen: control characters and those that turn the direction of writing (UAX #9).
 */

const unseen = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Whether the text is one line of which every character is what it looks like. */
export const isPlainLine = (text: string): boolean => text.search(unseen) === -1;

/** The text in one line, its line breaks and tabs written as JSON does: what people wrote cannot look like lines of ours. */
export const oneLine = (text: string): string => text.replaceAll('\n', '\\n').replaceAll('\t', '\\t');

/** The text with its unseen characters written as `\uXXXX`, which JSON reads back; line breaks and tabs stay. */
export const escapeUnseen = (text: string): string =>
  text.replaceAll(unseen, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
