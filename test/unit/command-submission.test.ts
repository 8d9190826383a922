/** The command hands in a key only for the import job that its own tenant file, certificate and KMS vouch for. */
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { ImportJobReader } from '../../client/import-job.ts';
import { createSubmitter } from '../../client/submission.ts';
import type { AwaitedKey } from '../../client/submission.ts';
import type { Certificate } from '../../domain/certificate.ts';
import { importJobName, keyRingName, lastPart, locationName } from '../../domain/names.ts';
import type { GooglePlace } from '../../domain/tenant.ts';
import type { SubmissionAnswer, WrappedKeySubmission } from '../../workflows/messages.ts';
import { googleWorld, owner } from '../services/google-world.ts';
import type { GoogleWorld } from '../services/google-world.ts';

const google: GooglePlace = {
  project: 'local-project',
  location: 'europe-north1',
  keyRing: 'ring',
  protectionLevel: 'SOFTWARE',
  replication: 'automatic',
};
const subject = { tenant: 'nais-test', environment: 'local', kind: 'maskinporten' } as const;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const certificate: Certificate = {
  subject: 'CN=Testvirksomheten',
  issuer: 'CN=Test CA',
  serialNumber: '01',
  fingerprint: 'a'.repeat(64),
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2029-01-01T00:00:00Z',
  organisation: '991825827',
  keySize: 2048,
  publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
};
const trusted = importJobName(google, subject, certificate.fingerprint, 1);

let world: GoogleWorld;
before(async () => {
  world = await googleWorld({ settings: { jobDelay: 0 } });
  const { kms } = world.as(owner);
  await kms.createKeyRing({ parent: locationName(google), keyRingId: google.keyRing });
  await createJob(1, 'RSA_OAEP_3072_SHA256_AES_256', 'SOFTWARE');
  await createJob(2, 'RSA_OAEP_3072_SHA1_AES_256', 'SOFTWARE');
  await createJob(3, 'RSA_OAEP_3072_SHA256_AES_256', 'HSM');
  await createJob(4, 'RSA_OAEP_4096_SHA256_AES_256', 'SOFTWARE');
  // Somebody else's, and fit for use in every respect but its name.
  await kms.createKeyRing({ parent: locationName(google), keyRingId: 'evil' });
  await createJob(1, 'RSA_OAEP_3072_SHA256_AES_256', 'SOFTWARE', { ...google, keyRing: 'evil' });
});
after(async () => await world.close());

type Method = 'RSA_OAEP_3072_SHA256_AES_256' | 'RSA_OAEP_4096_SHA256_AES_256' | 'RSA_OAEP_3072_SHA1_AES_256';

async function createJob(
  number: number,
  importMethod: Method,
  protectionLevel: 'SOFTWARE' | 'HSM',
  place = google,
): Promise<void> {
  const importJobId = lastPart(importJobName(google, subject, certificate.fingerprint, number));
  await world
    .as(owner)
    .kms.createImportJob({ parent: keyRingName(place), importJobId, importJob: { importMethod, protectionLevel } });
}

const awaited = (importJob: string, more: Partial<AwaitedKey> = {}): AwaitedKey => ({
  what: 'wrapped-key',
  importJob,
  importMethod: 'RSA_OAEP_3072_SHA256_AES_256',
  since: '2026-03-01T12:00:00.000Z',
  until: '2026-03-04T12:00:00.000Z',
  ...more,
});

function submitter(change: { kms?: ImportJobReader; certificate?: Certificate; answer?: SubmissionAnswer } = {}) {
  const sent: WrappedKeySubmission[] = [];
  const said: string[] = [];
  const pkcs8 = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
  const { submit, forget } = createSubmitter({
    google,
    subject,
    certificate: change.certificate ?? certificate,
    pkcs8,
    submittedBy: 'ola',
    kms: async () => change.kms ?? world.as(owner).kms,
    send: async (submission) => {
      sent.push(submission);
      return change.answer ?? { outcome: 'accepted', message: 'taken' };
    },
    say: (line) => said.push(line),
  });
  return { sent, said, pkcs8, submit, forget };
}

/** KMS as it is, but with something changed in its answer: somebody between us and it. */
function meddledKms(change: (job: { [field: string]: unknown }) => void): ImportJobReader {
  const { kms } = world.as(owner);
  return {
    getImportJob: async (...args: Parameters<typeof kms.getImportJob>) => {
      const answer = await kms.getImportJob(args[0] ?? {});
      change(answer[0] as { [field: string]: unknown });
      return answer;
    },
  } as ImportJobReader;
}

const strangeKey = (bits: number) => ({
  pem: generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'pem', type: 'spki' }),
});

describe('an import job that is not ours', () => {
  const stem = trusted.slice(0, -1);
  const named: Record<string, string> = {
    'of another project': trusted.replace('local-project', 'evil-project'),
    'of another key ring': trusted.replace('/ring/', '/evil/'),
    'of another client': trusted.replace('maskinporten-', 'idporten-'),
    'of another certificate': trusted.replace('aaaa-', 'bbbb-'),
    'without a number': stem,
    'with number 0': `${stem}0`,
    'with a path after its number': `${stem}1/../../evil/importJobs/1`,
    'with a line break after its number': `${stem}1\n`,
    'that KMS does not know': `${stem}77`,
    'with a SHA-1 method': `${stem}2`,
    'of another protection level': `${stem}3`,
  };
  for (const [what, name] of Object.entries(named)) {
    it(`is refused, and nothing is sent: ${what}`, async () => {
      const { sent, submit } = submitter();
      await assert.rejects(submit(awaited(name)), { code: 'IMPORT_JOB_UNTRUSTED' });
      assert.deepEqual(sent, []);
    });
  }

  const meddled: Record<string, (job: { [field: string]: unknown }) => void> = {
    'another name': (job) => (job['name'] = `${String(job['name'])}7`),
    'no name': (job) => delete job['name'],
    'a state of its own': (job) => (job['state'] = 'PENDING_GENERATION'),
    'a key of another size': (job) => (job['publicKey'] = strangeKey(2048)),
    'no key': (job) => delete job['publicKey'],
    'a method that cannot wrap': (job) => (job['importMethod'] = 'constructor'),
  };
  for (const [what, change] of Object.entries(meddled)) {
    it(`is refused when KMS answers with ${what}`, async () => {
      const { sent, submit } = submitter({ kms: meddledKms(change) });
      await assert.rejects(submit(awaited(trusted)), { code: 'IMPORT_JOB_UNTRUSTED' });
      assert.deepEqual(sent, []);
    });
  }
});

describe('handing in the key', () => {
  it('sends ciphertext for our own job, once for each wait', async () => {
    const { sent, pkcs8, submit } = submitter();
    await submit(awaited(trusted));
    await submit(awaited(trusted));
    assert.equal(sent.length, 1);
    assert.deepEqual([sent[0]?.importJob, sent[0]?.submittedBy], [trusted, 'ola']);
    const wrapped = Buffer.from(sent[0]?.wrappedKey ?? '', 'base64');
    // RFC 5649: the RSA part, then the key padded to eight bytes, and eight more.
    assert.equal(wrapped.length, 384 + Math.ceil(pkcs8.length / 8) * 8 + 8);
    assert.equal(wrapped.indexOf(pkcs8.subarray(40, 64)), -1);
  });

  it('takes a job with a 4096-bit key', async () => {
    const { sent, submit } = submitter();
    await submit(awaited(importJobName(google, subject, certificate.fingerprint, 4)));
    assert.equal(sent.length, 1);
  });

  it('is done three times at most', async () => {
    const { sent, submit } = submitter();
    for (const minute of [1, 2, 3]) await submit(awaited(trusted, { since: `2026-03-01T12:0${minute}:00.000Z` }));
    const fourth = awaited(trusted, { since: '2026-03-01T12:04:00.000Z', refusal: 'KMS says no' });
    await assert.rejects(submit(fourth), { code: 'IMPORT_FAILED', message: /KMS says no/ });
    assert.equal(sent.length, 3);
  });

  it("is refused when the private key is not the leaf's", async () => {
    const other = createPublicKey(strangeKey(2048).pem).export({ format: 'der', type: 'spki' }).toString('base64');
    const { sent, submit } = submitter({ certificate: { ...certificate, publicKey: other } });
    await assert.rejects(submit(awaited(trusted)), { code: 'KEY_CERTIFICATE_MISMATCH' });
    assert.deepEqual(sent, []);
  });

  it('says so when the run refuses it, but not when somebody else was faster', async () => {
    const malformed = { outcome: 'refused', code: 'WRAPPED_KEY_MALFORMED', message: 'too short' } as const;
    await assert.rejects(submitter({ answer: malformed }).submit(awaited(trusted)), { code: 'WRAPPED_KEY_MALFORMED' });
    const faster = { outcome: 'refused', code: 'SUBMISSION_NOT_AWAITED', message: 'none awaited' } as const;
    await submitter({ answer: faster }).submit(awaited(trusted));
  });

  it('needs the right to read the job', async () => {
    const { sent, submit } = submitter({ kms: world.as('nobody@example.no').kms });
    await assert.rejects(submit(awaited(trusted)), { code: 'GOOGLE_DENIED' });
    assert.deepEqual(sent, []);
  });

  it('comes back when KMS was away, and says so once', async () => {
    let looks = 0;
    const kms = meddledKms(() => {
      looks += 1;
      if (looks <= 2) throw Object.assign(new Error('connection refused'), { code: 14 });
    });
    const { sent, said, submit } = submitter({ kms });
    for (const expected of [0, 0, 1, 1]) {
      await submit(awaited(trusted, { refusal: 'KMS said no' }));
      assert.equal(sent.length, expected);
    }
    assert.equal(said.filter((line) => /connection refused.*\[GOOGLE_UNAVAILABLE\]/.test(line)).length, 1);
    assert.equal(said.filter((line) => /handed in again/.test(line)).length, 1);
  });

  it('waits for the successor of an expired job', async () => {
    world.advance(4 * 86_400_000);
    const { sent, submit } = submitter();
    await submit(awaited(trusted));
    assert.deepEqual(sent, []);
    await createJob(5, 'RSA_OAEP_3072_SHA256_AES_256', 'SOFTWARE');
    await submit(awaited(importJobName(google, subject, certificate.fingerprint, 5)));
    assert.equal(sent.length, 1);
  });

  it('zeroes the private key when it is no longer needed', async () => {
    const { sent, pkcs8, submit, forget } = submitter();
    forget();
    assert.ok(pkcs8.every((byte) => byte === 0));
    await submit(awaited(trusted));
    assert.deepEqual(sent, []);
  });
});
