/** Lists: filtering by the few expressions that are understood, and pages. */
import { invalidArgument, unimplemented } from './rpc-error.ts';

type ListRequest = { pageSize?: number | null; pageToken?: string | null; filter?: string | null };

/** What filters can ask of an item. */
export type Filterable = {
  readonly name: string;
  readonly state?: string;
  readonly labels?: Readonly<Record<string, string>>;
};

/**
 * One page of the items that the filter lets through. Filters: `state=ENABLED` (or `:`), `labels.key=value`, `name:part`,
 * joined by ` AND `; any other is UNIMPLEMENTED. Each list's own order is the caller's affair.
 */
export function listPage<T extends Filterable>(items: readonly T[], request: ListRequest, pageLimit: number) {
  const tests = (request.filter ?? '')
    .split(/\s+AND\s+/)
    .filter((term) => term !== '')
    .map(parseTerm);
  const chosen = items.filter((item) => tests.every((test) => test(item)));

  const start = offset(request.pageToken ?? '');
  const size = request.pageSize ?? 0;
  if (size < 0) throw invalidArgument('The page_size must not be negative.');
  const end = start + Math.min(size || pageLimit, pageLimit);
  const nextPageToken = end < chosen.length ? Buffer.from(`after:${end}`).toString('base64url') : '';
  return { page: chosen.slice(start, end), nextPageToken, totalSize: chosen.length };
}

function parseTerm(term: string): (item: Filterable) => boolean {
  const [, field = '', operator, value = ''] = /^([\w.-]+)\s*([:=])\s*"?([^"]*)"?$/.exec(term.trim()) ?? [];
  if (field === 'state') return (item) => item.state === value;
  if (field === 'name' && operator === ':') return (item) => item.name.includes(value);
  if (field.startsWith('labels.')) return (item) => item.labels?.[field.slice('labels.'.length)] === value;
  throw unimplemented(`The local service does not understand the filter '${term}'.`);
}

function offset(token: string): number {
  if (token === '') return 0;
  const [, digits] = /^after:(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (digits === undefined) throw invalidArgument('The page_token is invalid.');
  return Number(digits);
}
