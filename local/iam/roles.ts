/** The predefined roles that matter here and their permissions, as Google publishes them; services that are not emulated are left out. */

const kmsRead = [
  'cloudkms.cryptoKeyVersions.get',
  'cloudkms.cryptoKeyVersions.list',
  'cloudkms.cryptoKeys.get',
  'cloudkms.cryptoKeys.getIamPolicy',
  'cloudkms.cryptoKeys.list',
  'cloudkms.importJobs.get',
  'cloudkms.importJobs.getIamPolicy',
  'cloudkms.importJobs.list',
  'cloudkms.keyRings.get',
  'cloudkms.keyRings.getIamPolicy',
  'cloudkms.keyRings.list',
];
const kmsWrite = [
  'cloudkms.cryptoKeyVersions.create',
  'cloudkms.cryptoKeyVersions.destroy',
  'cloudkms.cryptoKeyVersions.restore',
  'cloudkms.cryptoKeyVersions.update',
  'cloudkms.cryptoKeys.create',
  'cloudkms.cryptoKeys.update',
  'cloudkms.importJobs.create',
  'cloudkms.importJobs.useToImport',
  'cloudkms.keyRings.create',
];
const kmsPolicies = [
  'cloudkms.cryptoKeys.setIamPolicy',
  'cloudkms.importJobs.setIamPolicy',
  'cloudkms.keyRings.setIamPolicy',
];
const useToSign = 'cloudkms.cryptoKeyVersions.useToSign';
const verify = ['cloudkms.cryptoKeyVersions.useToVerify', 'cloudkms.cryptoKeyVersions.viewPublicKey'];

const secretsRead = [
  'secretmanager.secrets.get',
  'secretmanager.secrets.getIamPolicy',
  'secretmanager.secrets.list',
  'secretmanager.versions.get',
  'secretmanager.versions.list',
];
const secretVersionsWrite = [
  'secretmanager.versions.add',
  'secretmanager.versions.destroy',
  'secretmanager.versions.disable',
  'secretmanager.versions.enable',
];
const secretsWrite = [
  'secretmanager.secrets.create',
  'secretmanager.secrets.delete',
  'secretmanager.secrets.update',
  ...secretVersionsWrite,
];
const secretsPolicies = ['secretmanager.secrets.setIamPolicy'];
const accessSecrets = 'secretmanager.versions.access';

const projectGet = 'resourcemanager.projects.get';
const projectPolicies = ['resourcemanager.projects.getIamPolicy', 'resourcemanager.projects.setIamPolicy'];

const basicViewer = [projectGet, 'resourcemanager.projects.getIamPolicy', ...kmsRead, ...secretsRead];
const basicEditor = [...basicViewer, ...kmsWrite, ...verify, ...secretsWrite];
const basicOwner = [...basicEditor, useToSign, accessSecrets, ...kmsPolicies, ...secretsPolicies, ...projectPolicies];

/** Role → permissions. `cloudkms.importer` cannot create versions and `cloudkms.admin` can neither sign nor see public keys. */
export const predefinedRoles: Readonly<Record<string, readonly string[]>> = {
  'roles/viewer': basicViewer,
  'roles/editor': basicEditor,
  'roles/owner': basicOwner,
  'roles/browser': [projectGet, 'resourcemanager.projects.getIamPolicy'],
  'roles/resourcemanager.projectIamAdmin': [projectGet, ...projectPolicies],
  'roles/cloudkms.admin': [projectGet, ...kmsRead, ...kmsWrite, ...kmsPolicies],
  'roles/cloudkms.viewer': [projectGet, ...kmsRead],
  'roles/cloudkms.importer': [
    projectGet,
    'cloudkms.importJobs.create',
    'cloudkms.importJobs.get',
    'cloudkms.importJobs.list',
    'cloudkms.importJobs.useToImport',
  ],
  'roles/cloudkms.signer': [projectGet, useToSign],
  'roles/cloudkms.signerVerifier': [projectGet, useToSign, ...verify],
  'roles/cloudkms.verifier': [projectGet, ...verify],
  'roles/cloudkms.publicKeyViewer': [projectGet, 'cloudkms.cryptoKeyVersions.viewPublicKey'],
  'roles/secretmanager.admin': [projectGet, ...secretsRead, ...secretsWrite, ...secretsPolicies, accessSecrets],
  'roles/secretmanager.viewer': [projectGet, ...secretsRead],
  'roles/secretmanager.secretAccessor': [projectGet, accessSecrets],
  'roles/secretmanager.secretVersionAdder': [projectGet, 'secretmanager.versions.add'],
  'roles/secretmanager.secretVersionManager': [
    projectGet,
    ...secretVersionsWrite,
    'secretmanager.versions.get',
    'secretmanager.versions.list',
  ],
};
