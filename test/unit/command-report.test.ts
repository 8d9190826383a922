/** What the command makes of a run's course: exit codes, lines, links, and whether a run is the one it asks for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActivityFailure, ApplicationFailure, RetryState, TerminatedFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { runLink, uiAddress } from '../../client/links.ts';
import { createNarrator } from '../../client/narration.ts';
import { exitCodeOf, failedEnd, worstExitCode } from '../../client/run-end.ts';
import type { RunEnd } from '../../client/run-end.ts';
import { otherContents } from '../../client/start.ts';
import type { Certificate } from '../../domain/certificate.ts';
import { defaultPace } from '../../domain/onboarding.ts';
import type { RunOutcome, OnboardingRequest, OnboardingResult, StepRecord } from '../../domain/onboarding.ts';
import { defaultRotation, phasesOf } from '../../domain/rotation.ts';
import type { RotationRequest } from '../../domain/rotation.ts';
import type { Awaiting, RunStatus } from '../../workflows/messages.ts';

const request: OnboardingRequest = {
  tenant: 'nais-test',
  environment: 'local',
  organisation: '991825827',
  google: {
    project: 'p',
    location: 'europe-north1',
    keyRing: 'r',
    protectionLevel: 'SOFTWARE',
    replication: 'automatic',
  },
  platform: 'serviceAccount:x@p.iam.gserviceaccount.com',
  kind: 'idporten',
  client: { clientId: 'c', scopes: ['a', 'b'], assertion: 'kid' },
  approval: {},
  chain: 'PEM',
  existing: {},
  requestedBy: 'ola',
  pace: defaultPace,
};

const compromised: RotationRequest = { ...request, rotation: { ...defaultRotation, compromised: '4F 0A' } };

const status = (more: Partial<RunStatus> = {}): RunStatus => {
  const { chain: _, ...shown } = request;
  const workflowId = 'admin-client:nais-test:local:idporten';
  const none = { plans: [], steps: [], decisions: [], notices: [] };
  return { workflowId, request: shown, phase: 'custody', ...none, ...more };
};

const result = (outcome: RunOutcome): OnboardingResult => ({
  outcome,
  reason: 'because',
  tenant: 'nais-test',
  environment: 'local',
  kind: 'idporten',
  grantedScopes: [],
  decisions: [],
  notices: [],
  steps: [],
  tidied: [],
});

describe('exit codes', () => {
  const ends: readonly (readonly [RunEnd, number])[] = [
    [{ state: 'ended', result: result('onboarded') }, 0],
    [{ state: 'ended', result: result('unchanged') }, 0],
    [{ state: 'ended', result: result('rejected') }, 5],
    [{ state: 'ended', result: result('expired') }, 5],
    [{ state: 'ended', result: result('withdrawn') }, 5],
    [{ state: 'failed', code: 'PERMISSION_MISSING', message: '', findings: [] }, 3],
    [{ state: 'failed', code: 'IMPORT_JOB_UNTRUSTED', message: '', findings: [] }, 6],
    [{ state: 'failed', code: 'UNEXPECTED', message: '', findings: [] }, 1],
    [{ state: 'left' }, 130],
  ];
  for (const [end, code] of ends) {
    it(`${code} for ${end.state === 'ended' ? end.result.outcome : end.state === 'failed' ? end.code : end.state}`, () => {
      assert.equal(exitCodeOf(end), code);
    });
  }

  const several: readonly (readonly [readonly number[], number])[] = [
    [[0, 0], 0],
    [[0, 4], 4],
    [[4, 5], 5],
    [[5, 6], 6],
    [[6, 3], 3],
    [[3, 1], 1],
    [[0, 5], 9],
    [[0, 6], 9],
    [[0, 130], 130],
    [[], 0],
  ];
  for (const [codes, worst] of several) {
    it(`${worst} for [${codes.join(', ')}]`, () => assert.equal(worstExitCode(codes), worst));
  }
});

describe('the error of a failed workflow', () => {
  const failed = (cause: Error) =>
    new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE);
  const finding = { code: 'PERMISSION_MISSING', where: 'importer', message: 'it may not.' };

  it('keeps its code and its findings, and leaves out what is no finding', () => {
    const cause = ApplicationFailure.nonRetryable('no', 'PERMISSION_MISSING', {
      findings: [finding, { code: 'X' }, null],
    });
    assert.deepEqual(failedEnd(failed(cause)), {
      state: 'failed',
      code: 'PERMISSION_MISSING',
      message: 'no',
      findings: [finding],
    });
  });

  it('is found inside the failure of an activity', () => {
    const cause = ApplicationFailure.nonRetryable('no', 'GOOGLE_REFUSED');
    const activity = new ActivityFailure('failed', 'x', '1', RetryState.NON_RETRYABLE_FAILURE, 'worker', cause);
    assert.equal(failedEnd(failed(activity)).code, 'GOOGLE_REFUSED');
  });

  it('means withdrawn when somebody terminated the run', () => {
    assert.equal(failedEnd(failed(new TerminatedFailure('terminated'))).code, 'WITHDRAWN');
  });

  it('is unexpected when its type is no code of ours', () => {
    assert.equal(failedEnd(failed(ApplicationFailure.nonRetryable('no', 'toString'))).code, 'UNEXPECTED');
  });
});

describe('progress', () => {
  it('comes to every phase of the run, revocation first where a certificate is compromised', () => {
    const { rotation, ...onboarding } = compromised;
    const { compromised: _, ...routine } = rotation;
    assert.deepEqual(phasesOf(onboarding), ['custody', 'registration', 'activation']);
    assert.deepEqual(phasesOf({ ...onboarding, rotation: routine }).at(-1), 'retirement');
    assert.deepEqual(phasesOf(compromised).slice(0, 2), ['revocation', 'custody']);
  });
});

describe('narration', () => {
  const step = (state: StepRecord['state']): StepRecord => ({
    phase: 'custody',
    kind: 'create-key-ring',
    resource: 'r',
    change: 'create key ring',
    state,
    startedAt: '2026-03-01T12:00:00.000Z',
    ...(state === 'running' ? {} : { endedAt: '2026-03-01T12:00:00.300Z' }),
  });
  const narrate = (handsIn = false) => {
    const lines: string[] = [];
    const narrator = createNarrator((line, phase) => lines.push(phase ? `${phase}: ${line}` : line), handsIn);
    return { lines, narrator };
  };

  it('tells of a step once, with the time it took', () => {
    const { lines, narrator } = narrate();
    narrator.status(status({ steps: [step('running')] }));
    narrator.status(status({ steps: [step('done')] }));
    narrator.status(status({ steps: [step('done')] }));
    assert.deepEqual(lines, ['custody: create key ring … done (0.3 s)']);
  });

  it('tells of a step that takes its time before it is done', () => {
    const { lines, narrator } = narrate();
    for (const _ of [1, 2, 3]) narrator.status(status({ steps: [step('running')] }));
    assert.deepEqual(lines, ['custody: create key ring …']);
  });

  const decision: Awaiting = {
    what: 'decision',
    gate: 'registration',
    digest: 'sha256:d',
    requestedBy: 'ola',
    since: '2026-03-01T12:00:00.000Z',
    until: '2026-03-15T12:00:00.000Z',
    missing: 2,
    who: ['kari', 'per'],
    identity: 'asserted',
    needsKid: true,
  };

  it('says what is awaited, from whom, until when, and what to type', () => {
    const { lines, narrator } = narrate();
    narrator.status(status({ phase: 'registration', awaiting: decision }));
    narrator.status(status({ phase: 'registration', awaiting: decision }));
    assert.deepEqual(lines, [
      'registration: waits for the approval of 2 more people (of kari, per), not ola, who asked for it; until 2026-03-15 12:00 UTC',
      "registration: to approve: digdir approve admin-client:nais-test:local:idporten --gate registration --digest sha256:d --kid KID --reason 'WHY'",
    ]);
  });

  it('names the command that hands in a certificate, as it has to be given to join the run', () => {
    const awaiting: Awaiting = { what: 'certificate', since: decision.since, until: decision.until };
    const { chain: _, ...shown } = compromised;
    const { lines, narrator } = narrate();
    narrator.status(status({ request: shown, awaiting }));
    assert.match(
      lines.at(-1) ?? '',
      /: digdir rotate-certificate -f TENANT_FILE --client idporten --compromised '4F 0A' --key-file FILE$/,
    );
  });

  it('names the command that hands in a private key, by which a run like this one is joined', () => {
    const key = { importJob: 'j', importMethod: 'm', since: decision.since, until: decision.until };
    const rotation: RotationRequest = { ...request, rotation: defaultRotation };
    for (const [asked, command] of [
      [request, 'onboard -f TENANT_FILE --client idporten --key-file FILE'],
      [rotation, 'rotate-certificate -f TENANT_FILE --client idporten --key-file FILE'],
      [compromised, "rotate-certificate -f TENANT_FILE --client idporten --compromised '4F 0A' --key-file FILE"],
    ] as const) {
      const { chain: _, ...shown } = asked;
      const { lines, narrator } = narrate();
      narrator.status(status({ request: shown, awaiting: { what: 'wrapped-key', ...key } }));
      assert.equal(lines.at(-1), `custody: to hand it in: digdir ${command}`);
    }
  });

  it('does not ask people for a key that the command hands in', () => {
    const key = { importJob: 'j', importMethod: 'm', since: decision.since, until: decision.until };
    const awaiting: Awaiting = { what: 'wrapped-key', ...key };
    for (const [handsIn, count] of [
      [true, 0],
      [false, 2],
    ] as const) {
      const { lines, narrator } = narrate(handsIn);
      narrator.status(status({ awaiting }));
      assert.equal(lines.length, count);
    }
  });

  it('tells at the end only what was not told before', () => {
    const { lines, narrator } = narrate();
    narrator.status(status({ steps: [step('done')] }));
    narrator.result({ ...result('rejected'), steps: [step('done')], tidied: ['disabled version 1'] });
    assert.deepEqual(lines.slice(1), ['tidied up: disabled version 1', 'rejected: because']);
  });
});

describe('a running onboarding', () => {
  const fingerprint = (digit: string) => ({ fingerprint: digit.repeat(64) }) as Certificate;

  it('is joined whoever asked for it, and at whatever pace', () => {
    const running = status({ request: { ...request, requestedBy: 'kari', pace: { ...defaultPace, patience: 1 } } });
    assert.equal(otherContents(request, fingerprint('a'), running), undefined);
  });

  it('is not joined when its contents differ', () => {
    const running = status({ request: { ...request, client: { ...request.client, scopes: ['a'] } } });
    assert.equal(otherContents(request, undefined, running), 'client');
    assert.equal(otherContents({ ...request, platform: 'user:x' }, undefined, status()), 'platform');
  });

  it('is not joined when it is about another certificate', () => {
    const running = status({ certificate: fingerprint('b') });
    assert.equal(otherContents(request, fingerprint('a'), running), 'certificate');
    assert.equal(otherContents(request, fingerprint('b'), running), undefined);
  });
});

describe('links', () => {
  it('escape what the UI would take for a path', () => {
    assert.equal(
      runLink('http://localhost:8233', 'default', 'admin-client:a:local:b/c', 'run'),
      'http://localhost:8233/namespaces/default/workflows/admin-client%3Aa%3Alocal%3Ab%2Fc/run/user-metadata',
    );
  });

  it('are known for a local server, or where a setting says', () => {
    assert.equal(uiAddress({}, '127.0.0.1:7233'), 'http://localhost:8233');
    assert.equal(uiAddress({}, 'temporal.example.no:7233'), undefined);
    assert.equal(uiAddress({ DIGDIR_TEMPORAL_UI: 'https://ui.example.no/' }, 'x:1'), 'https://ui.example.no');
  });
});
