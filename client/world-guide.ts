/** How to look around in a world that runs: for a person at another terminal. */

import { quoted } from './shell.ts';

export type GuidedWorld = {
  readonly folder: string;
  readonly temporal: { readonly ui: string };
  readonly tenant: {
    readonly file: string;
    readonly keyFiles: { readonly maskinporten: string; readonly idporten: string };
    readonly passphraseFile: string;
    readonly kid: string;
    /** A folder. */
    readonly manifests: string;
  };
};

export type SecondCertificates = Pick<GuidedWorld['tenant'], 'keyFiles' | 'kid'>;

/** The file of a world's folder that holds its variables, for a shell to read. */
export const variablesFile = 'env';

/** For a world in which nothing has been done yet. */
export function devGuide(world: GuidedWorld, second: SecondCertificates): string[] {
  const { kid } = world.tenant;
  return [
    ...surroundings(world),
    onboardLine(world),
    '  npm run digdir -- approvals',
    `  npm run digdir -- approve admin-client:eksempeletaten:local:maskinporten --gate registration --reason 'seen' --by kari@example.org`,
    `(the ID-porten client proves itself by the kid ${kid}: approve it with --kid ${kid})`,
    'Once both are onboarded, the clients of applications:',
    clientLine(world, 'apply'),
    `The next certificates, for trying a rotation (the kid of the ID-porten client is then ${second.kid}):`,
    rotateLine(world, second),
    'Ctrl-C ends the world; the next start on the same folder goes on with it.',
  ];
}

/** For a world in which the demo has onboarded both clients. */
export function demoGuide(world: GuidedWorld): string[] {
  return [
    ...surroundings(world),
    `  npm run digdir -- status -f ${quoted(world.tenant.file)}`,
    '  npm run digdir -- approvals',
    onboardLine(world),
    clientLine(world, 'plan'),
    '(both find everything as it should be)',
    'Ctrl-C ends the world and removes it.',
  ];
}

const surroundings = ({ folder, temporal }: GuidedWorld): string[] => [
  '',
  `The world is up, and keeps everything in ${folder}.`,
  ...(temporal.ui ? [`Temporal UI: ${temporal.ui}`] : []),
  'In another terminal:',
  `  . ${quoted(`${folder}/${variablesFile}`)}`,
];

const clientLine = ({ tenant: { file, manifests } }: GuidedWorld, command: 'plan' | 'apply'): string =>
  `  npm run digdir -- ${command} -t ${quoted(file)} -f ${quoted(manifests)}`;

const onboardLine = ({ tenant: { file, keyFiles, passphraseFile } }: GuidedWorld): string =>
  `  npm run digdir -- onboard -f ${quoted(file)} --key-file-maskinporten ${quoted(keyFiles.maskinporten)} --key-file-idporten ${quoted(keyFiles.idporten)} --passphrase-file ${quoted(passphraseFile)}`;

const rotateLine = ({ tenant: { file, passphraseFile } }: GuidedWorld, { keyFiles }: SecondCertificates): string =>
  `  npm run digdir -- rotate-certificate -f ${quoted(file)} --key-file-maskinporten ${quoted(keyFiles.maskinporten)} --key-file-idporten ${quoted(keyFiles.idporten)} --passphrase-file ${quoted(passphraseFile)}`;
