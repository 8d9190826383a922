/** Resource names: checked against their format, and brought to the form that Google returns, with the project's number. */
import { invalidArgument } from './rpc-error.ts';

export type Project = { readonly id: string; readonly number: string };

/**
 * The name as the services return it. In the template `*` stands for an id, `#` for a version number and `**` for a
 * project's id or number. INVALID_ARGUMENT when the text has another form; a foreign project stays as it is.
 */
export function canonicalName(project: Project, template: string, text: string | null | undefined): string {
  const segments = (text ?? '').split('/');
  const wanted = template.split('/');
  const fits = wanted.length === segments.length && wanted.every((part, index) => matches(part, segments[index] ?? ''));
  if (!fits) {
    const format = template.replaceAll(/\*\*|#/g, '*');
    throw invalidArgument(`The resource name '${text ?? ''}' is invalid: it must have the format '${format}'.`);
  }
  if (segments[1] === project.id) segments[1] = project.number;
  return segments.join('/');
}

function matches(part: string, segment: string): boolean {
  if (part === '**') return /^[a-z0-9][a-z0-9:.-]{0,62}$/.test(segment);
  if (part === '*') return /^[A-Za-z0-9_-]{1,255}$/.test(segment);
  if (part === '#') return /^[1-9]\d{0,8}$/.test(segment);
  return part === segment;
}

/** The name without its last collection and id: `a/1/b/2` gives `a/1`. */
export const parentOf = (name: string): string => name.split('/').slice(0, -2).join('/');
/** The last segment, `2` of `a/1/b/2`. */
export const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
