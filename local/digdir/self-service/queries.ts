/** Query parameters, and lists that may be empty. */

import type { Reply, Request } from '../http.ts';
import type { DigdirSettings } from '../settings.ts';
import type { Caller } from './area.ts';
import { ApiRefusal } from './errors.ts';

/** In any case, since documents write `TRUE`; nothing where it is neither true nor false. */
export function flagOf(request: Request, name: string): boolean | undefined {
  const value = request.url.searchParams.get(name)?.toLowerCase();
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

/** Throws 400 where it is missing. */
export function requiredQuery({ url }: Request, name: string): string {
  const value = url.searchParams.get(name) ?? '';
  if (value === '') throw new ApiRefusal(400, `Required parameter ${name} is missing`);
  return value;
}

/** 200 with the list; where it is empty, 404 when that is set. `what` they are, in the plural. */
export function listReply(items: readonly unknown[], what: string, caller: Caller, settings: DigdirSettings): Reply {
  if (items.length === 0 && settings.emptyScopesAsError) {
    throw new ApiRefusal(404, `Organization ${caller.organisation} does not have any ${what}`);
  }
  return { status: 200, body: items };
}
