/** Where a worker finds Digdir: fixed for Digdir's own environments, told by the local world, and never in the clear. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outboundHosts } from '../../domain/environments.ts';
import { readSettings } from '../../worker/settings.ts';

const operator = { DIGDIR_OPERATOR_SERVICE_ACCOUNT: 'operator@a-project.iam.gserviceaccount.com' };
const read = (variables: Record<string, string>) => readSettings({ ...operator, ...variables }).endpoints;

test('the addresses of test and production need no settings', () => {
  assert.deepEqual(read({ DIGDIR_ENVIRONMENT: 'test' }), {
    maskinportenMetadata: 'https://test.maskinporten.no/.well-known/oauth-authorization-server',
    idportenMetadata: 'https://test.idporten.no/.well-known/openid-configuration',
    selfService: 'https://api.test.samarbeid.digdir.no/api/v1',
  });
  assert.deepEqual(read({ DIGDIR_ENVIRONMENT: 'production' }), {
    maskinportenMetadata: 'https://maskinporten.no/.well-known/oauth-authorization-server',
    idportenMetadata: 'https://idporten.no/.well-known/openid-configuration',
    selfService: 'https://api.samarbeid.digdir.no/api/v1',
  });
});

test('each address can be another, and the slash that ends the self-service one is left out', () => {
  const proxied = {
    DIGDIR_MASKINPORTEN_METADATA: 'https://proxy.example.no/maskinporten',
    DIGDIR_IDPORTEN_METADATA: 'https://proxy.example.no/idporten',
    DIGDIR_SELF_SERVICE: 'https://proxy.example.no/api/',
  };
  assert.deepEqual(read({ DIGDIR_ENVIRONMENT: 'test', ...proxied }), {
    maskinportenMetadata: 'https://proxy.example.no/maskinporten',
    idportenMetadata: 'https://proxy.example.no/idporten',
    selfService: 'https://proxy.example.no/api',
  });
});

test('an address in the clear is for the local world alone, which has to name all of them', () => {
  const clear = {
    DIGDIR_MASKINPORTEN_METADATA: 'http://127.0.0.1:1/a',
    DIGDIR_IDPORTEN_METADATA: 'http://127.0.0.1:1/b',
    DIGDIR_SELF_SERVICE: 'http://127.0.0.1:1/c',
  };
  assert.equal(read({ DIGDIR_ENVIRONMENT: 'local', ...clear }).idportenMetadata, 'http://127.0.0.1:1/b');
  for (const name of Object.keys(clear)) {
    const inTheClear = new RegExp(`^- ${name} has to be an https address`, 'm');
    assert.throws(() => read({ DIGDIR_ENVIRONMENT: 'production', ...clear }), inTheClear);
    assert.throws(() => read({ DIGDIR_ENVIRONMENT: 'local' }), new RegExp(`^- ${name} is missing`, 'm'));
  }
});

test('an application reaches the host of the metadata, the front end, and what is retired only as such', () => {
  for (const environment of ['test', 'production'] as const) {
    const { host } = new URL(read({ DIGDIR_ENVIRONMENT: environment }).idportenMetadata);
    const hosts = outboundHosts[environment];
    assert.deepEqual(
      hosts.filter(({ retired }) => !retired).map((one) => one.host),
      [host, `login.${host}`],
    );
    assert.ok(hosts.filter(({ retired }) => retired).every((one) => one.host.endsWith('.difi.no')));
  }
});

test('the webhook has to be https, and a wrong one is not repeated: it is a secret', () => {
  const given = { ...operator, DIGDIR_ENVIRONMENT: 'test' };
  const webhook = 'https://hooks.example.no/services/secret';
  assert.equal(readSettings({ ...given, DIGDIR_NOTICE_WEBHOOK: webhook }).noticeWebhook, webhook);
  assert.equal(readSettings({ ...given, DIGDIR_NOTICE_WEBHOOK: '' }).noticeWebhook, undefined);
  for (const wrong of ['http://hooks.example.no/services/secret', 'hooks.example.no/services/secret']) {
    assert.throws(
      () => readSettings({ ...given, DIGDIR_NOTICE_WEBHOOK: wrong }),
      ({ message }: Error) =>
        /DIGDIR_NOTICE_WEBHOOK has to be an https address\./.test(message) && !/secret/.test(message),
    );
  }
});
