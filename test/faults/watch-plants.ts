/** Defects in telling people of what expires. */

import type { OperatorActivities } from '../../activities/index.ts';
import type { Defect } from './defect.ts';

export const watchDefects = {
  /** What people were told is forgotten, so that they are told again every day. */
  'given-not-kept': { activity: 'keepGiven', instead: async () => {} },
  /** A notice that is sent again looks like another one. */
  'notice-id-by-chance': {
    activity: 'deliverNotice',
    async instead(inputs, usual) {
      const [, { notice }] = inputs as Parameters<OperatorActivities['deliverNotice']>;
      Object.assign(notice, { id: `${notice.id}:${Math.random()}` });
      return await usual();
    },
  },
  /** Of what is due the first alone is told. */
  'notices-passed-over': {
    activity: 'planWatch',
    async instead(_inputs, usual) {
      const planned = (await usual()) as Awaited<ReturnType<OperatorActivities['planWatch']>>;
      return { ...planned, notices: planned.notices.slice(0, 1) };
    },
  },
} satisfies Record<string, Defect>;
