/** The activities, by the role that carries them out. Each role has its own principal and task queue. */

import { planActivationActivity, proveActivation, describeActive, writeActiveDocument } from './activation.ts';
import { judgeDecision, keepClientDecisions, keepRecord, remind } from './approvals.ts';
import { adoptClient } from './adopt-client.ts';
import { askPermissions } from './ask-permissions.ts';
import { limitKeys, makeKey, registerKey, removeKeys } from './client-keys.ts';
import { openDecisions, openRecord } from './client-record.ts';
import {
  closeRecord,
  deactivateClient,
  deleteClient,
  registerClient,
  updateClient,
  writeClientRecord,
} from './client-steps.ts';
import {
  addSecretVersion,
  createCryptoKey,
  createKeyRing,
  createSecret,
  disableVersions,
  enableKeyVersion,
  grant,
} from './custody-steps.ts';
import { listExpiring } from './expiry.ts';
import { readHistory } from './history.ts';
import { ensureImportJob, importKey } from './import-key.ts';
import { judgeCertificate } from './judge-certificate.ts';
import { planClient } from './plan-client.ts';
import { planCustodyActivity } from './plan-custody.ts';
import { leftOvers, proveCustody } from './prove-custody.ts';
import { disableForGood, planRevocationActivity, revokeRights } from './revocation.ts';
import { claimScopes, createScope, deactivateScope, grantAccess, updateScope, withdrawAccess } from './scope-steps.ts';
import { prepareRotation } from './prepare-rotation.ts';
import { proveKey } from './prove-key.ts';
import { publish } from './publish.ts';
import { surveyClients } from './survey-clients.ts';
import { planRegistrationActivity, verifyAssertion, verifyFormer } from './registration.ts';
import { destroyKeyVersion, keysOfOtherClients, planRetirementActivity } from './retirement.ts';
import { startRenewal } from './renewals.ts';
import type { Services } from './services.ts';
import { deliverNotice, keepGiven, openWatch, planWatch } from './watch.ts';

export type ProvisionerActivities = ReturnType<typeof createProvisionerActivities>;
export type ImporterActivities = ReturnType<typeof createImporterActivities>;
export type OperatorActivities = ReturnType<typeof createOperatorActivities>;

/** Key rings, keys, secrets, rights, disabling: needed only while a process changes them. */
export const createProvisionerActivities = (services: Services) => ({
  askProvisionerPermissions: askPermissions(services, 'provisioner'),
  createKeyRing: createKeyRing(services),
  createCryptoKey: createCryptoKey(services),
  enableKeyVersion: enableKeyVersion(services),
  createSecret: createSecret(services),
  grant: grant(services),
  disableVersions: disableVersions(services),
  destroyKeyVersion: destroyKeyVersion(services),
  revokeRights: revokeRights(services),
  disableForGood: disableForGood(services),
  openRecord: openRecord(services),
  openDecisions: openDecisions(services),
  openWatch: openWatch(services),
});

/** Imports key versions, and cannot sign. */
export const createImporterActivities = (services: Services) => ({
  askImporterPermissions: askPermissions(services, 'importer'),
  ensureImportJob: ensureImportJob(services),
  importKey: importKey(services),
});

/** Observes, signs, reads secrets and adds versions. */
export const createOperatorActivities = (services: Services) => ({
  askOperatorPermissions: askPermissions(services, 'operator'),
  planCustody: planCustodyActivity(services),
  addSecretVersion: addSecretVersion(services),
  proveCustody: proveCustody(services),
  leftOvers: leftOvers(services),
  prepareRotation: prepareRotation(services),
  judgeCertificate: judgeCertificate(services),
  planRevocation: planRevocationActivity(services),
  planRetirement: planRetirementActivity(services),
  keysOfOtherClients: keysOfOtherClients(services),
  verifyFormer: verifyFormer(services),
  planRegistration: planRegistrationActivity(services),
  verifyAssertion: verifyAssertion(services),
  planActivation: planActivationActivity(services),
  writeActiveDocument: writeActiveDocument(services),
  proveActivation: proveActivation(services),
  describeActive: describeActive(services),
  judgeDecision: judgeDecision(services),
  remind: remind(services),
  keepRecord: keepRecord(services),
  keepClientDecisions: keepClientDecisions(services),
  planClient: planClient(services),
  surveyClients: surveyClients(services),
  listExpiring: listExpiring(services),
  readHistory: readHistory(services),
  planWatch: planWatch(services),
  startRenewal: startRenewal(services),
  deliverNotice: deliverNotice(services),
  keepGiven: keepGiven(services),
  adoptClient: adoptClient(services),
  registerClient: registerClient(services),
  updateClient: updateClient(services),
  makeKey: makeKey(services),
  registerKey: registerKey(services),
  proveKey: proveKey(services),
  publish: publish(services),
  limitKeys: limitKeys(services),
  removeKeys: removeKeys(services),
  claimScopes: claimScopes(services),
  createScope: createScope(services),
  updateScope: updateScope(services),
  deactivateScope: deactivateScope(services),
  grantAccess: grantAccess(services),
  withdrawAccess: withdrawAccess(services),
  writeClientRecord: writeClientRecord(services),
  deactivateClient: deactivateClient(services),
  deleteClient: deleteClient(services),
  closeRecord: closeRecord(services),
});
