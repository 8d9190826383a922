/** `/delegationsources`: the systems in which a consumer can delegate its access. */

import type { OpenRoute } from './area.ts';

/** Of the test environment. */
export const DELEGATION_SOURCES = [
  {
    issuer: 'https://tt02.altinn.no/',
    name: 'Altinn',
    created: '2020-01-01T00:00:00Z',
    lastUpdated: '2020-01-01T00:00:00Z',
  },
];

export function delegationSourceRoutes(): OpenRoute[] {
  return [{ verb: 'GET', pattern: '/delegationsources', handle: () => ({ status: 200, body: DELEGATION_SOURCES }) }];
}
