/** The scenarios of clients and scopes that digdirator made: looked at, taken over, acknowledged. */

import { oauthClientWorkflowId } from '../../domain/client-names.ts';
import type { ClientSpec, OAuthClientName, OAuthClientSpec } from '../../domain/oauth-client.ts';
import type { Operation } from '../../domain/provisioning.ts';
import { clientName, machineName, machineSpecOf, specOf } from '../provisioning.ts';
import { play } from './client-play.ts';
import type { Plot } from './client-play.ts';
import { driveClient } from './drive-client.ts';
import { judgeKeys, leaveBehind } from './left-behind.ts';
import type { LeftBehind } from './left-behind.ts';
import type { Play, Scenario } from './scenario.ts';
import { coming, consumed, exposed, layOut, leaving, staying } from './scope-props.ts';
import { createScopeWitness } from './scope-witness.ts';
import type { Stage } from './stage.ts';
import { playSurvey } from './survey-play.ts';
import { createTakenWitness, isAdmin } from './taken-over.ts';

export const adoptionScenarios: readonly Scenario[] = [
  {
    name: 'adopt-login',
    begins: 'idporten',
    async prepare(stage) {
      const client = clientName(stage);
      const left = await leaveBehind(stage, client);
      const adopt = adoption(left, specOf(client.name));
      const asked = [
        { operation: adopt, inUse: 'all' },
        { operation: { kind: 'acknowledge' }, inUse: 'newest' },
      ] as const;
      return playTakenOver(left, { stage, client, asked, again: adopt, contents: 1 });
    },
  },
  {
    /** Of its scopes one is declared differently, one is new, and one is declared no more: that one is left to itself. */
    name: 'adopt-machine',
    begins: 'maskinporten',
    async prepare(stage) {
      layOut(stage);
      const client = machineName(stage);
      const left = await leaveBehind(stage, client);
      const product = (kind: string) => `${kind}${client.name.replaceAll('-', '')}`;
      const scope = (kind: string, ...consumers: readonly string[]) =>
        left.digdirator.scope(client, { product: product(kind), name: 'lesing', consumers });
      await scope('stays', staying, leaving);
      const undeclared = await scope('forgotten', staying);
      const exposes = [
        { ...exposed(product('stays'), staying, coming), atMaxAge: 60 },
        exposed(product('comes'), leaving),
      ];
      const adopt = adoption(left, machineSpecOf({ consumes: [consumed], exposes }));
      const asked = [{ operation: adopt, inUse: 'all' }] as const;
      const beside = [createScopeWitness(stage, client, exposes, [undeclared])];
      return playTakenOver(left, { stage, client, asked, again: adopt, contents: 1, beside });
    },
  },
  {
    /** Nobody acknowledges: digdirator's keys end by themselves. What is taken over was once ours, and was removed. */
    name: 'adopt-after-removal',
    begins: 'idporten',
    async prepare(stage) {
      const client = clientName(stage);
      const spec: OAuthClientSpec = specOf(client.name, { oldKeys: { until: 'elapsed', seconds: 3600 } });
      for (const operation of [{ kind: 'apply', spec }, { kind: 'delete' }] as const) {
        await driveClient(stage, client, operation);
      }
      const left = await leaveBehind(stage, client);
      const adopt = adoption(left, spec);
      const asked = [{ operation: adopt, inUse: 'all' }] as const;
      return playTakenOver(left, { stage, client, asked, again: adopt, contents: 1 }, 'elapsed');
    },
  },
  {
    name: 'adopt-cut-short',
    begins: 'idporten',
    async prepare(stage) {
      const client = clientName(stage);
      const left = await leaveBehind(stage, client);
      const spec = specOf(client.name);
      const adopt = adoption(left, spec);
      await cutShort(stage, client, adopt);
      const asked = [{ operation: { kind: 'apply', spec }, inUse: 'all' }] as const;
      return playTakenOver(left, { stage, client, asked, again: adopt, contents: 1 });
    },
  },
  {
    name: 'survey',
    begins: 'maskinporten',
    async prepare(stage) {
      layOut(stage);
      const [admin] = stage.cloud.digdir.inspect().clients.filter(isAdmin);
      if (!admin) throw new Error('No admin client is onboarded.');
      const client = machineName(stage);
      await leaveBehind(stage, client);
      return playSurvey(stage, client, admin.client.client_id);
    },
  },
];

const adoption = ({ clientId }: LeftBehind, spec: ClientSpec): Operation => ({ kind: 'adopt', clientId, spec });

/** Digdirator's keys are tried in the end, too. */
function playTakenOver(left: LeftBehind, plot: Plot, until: 'acknowledged' | 'elapsed' = 'acknowledged'): Play {
  const { stage, asked, beside = [] } = plot;
  const taken = createTakenWitness(() => stage.cloud.digdir.inspect().clients, { clientId: left.clientId, until });
  const played = play({ ...plot, beside: [...beside, taken] });
  const work = asked.at(-1)?.inUse === 'all';
  return {
    ...played,
    judge: async (circumstances) => [...(await played.judge(circumstances)), ...(await judgeKeys(stage, left, work))],
  };
}

/** The run is cancelled when the record says that the client is ours, and Digdir knows of nothing. */
async function cutShort(stage: Stage, client: OAuthClientName, adopt: Operation): Promise<void> {
  const handle = stage.client.workflow.getHandle(oauthClientWorkflowId(client));
  stage.cloud.calls.disturb({
    async before({ method }) {
      if (method !== 'PUT /api/v1/clients/{id}') return 'none';
      await handle.cancel();
      return 'refuse';
    },
  });
  const { end } = await driveClient(stage, client, adopt);
  stage.cloud.calls.disturb();
  if (end.code !== 'WITHDRAWN') throw new Error(`The adoption is ${end.outcome}: ${end.message}`);
}
