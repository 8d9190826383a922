/** Reads the command line, runs one command, and turns whatever goes wrong into messages and an exit code. */

import { Command, CommanderError } from 'commander';
import { failureOf } from '../domain/failures.ts';
import { Refusal } from '../domain/refusal.ts';
import { failureDocument, failureLines } from './failure.ts';
import { processOutput, writeJson } from './output.ts';
import type { Output } from './output.ts';
import { commands, commonOptions, temporalOptions } from './table.ts';
import type { CommandRow } from './table.ts';

const usageExitCode = failureOf('USAGE').exitCode;

/** Makes the output of a command from its flags. */
type Speak = (flags: { readonly json: boolean; readonly input: boolean }) => Output;

/** Runs the command that the arguments name and resolves to its exit code; never rejects. */
export async function main(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  speak: Speak = processOutput,
): Promise<number> {
  let exitCode = 0;
  const program = new Command('digdir')
    .description('Onboard organisations to ID-porten and Maskinporten, durably and with approvals.')
    .helpCommand(false)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  for (const row of commands) {
    program.addCommand(
      buildCommand(row, environment, speak, (code) => {
        exitCode = code;
      }),
    );
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return explain(error, args, speak);
    if (error.exitCode === 0) return 0;
    if (args.includes('--json')) writeUsageFault(error.message, speak);
    return usageExitCode;
  }
}

function buildCommand(
  row: CommandRow,
  environment: NodeJS.ProcessEnv,
  speak: Speak,
  done: (exitCode: number) => void,
): Command {
  const command = new Command(row.name).description(row.summary).exitOverride().showHelpAfterError('(see --help)');
  if (row.arguments) command.arguments(row.arguments);
  for (const [flags, description] of row.required ?? []) command.requiredOption(flags, description);
  for (const [flags, description] of row.options) command.option(flags, description);
  for (const [flags, description] of row.temporal ? temporalOptions : []) command.option(flags, description);
  for (const [flags, description] of commonOptions) command.option(flags, description);
  return command.action(async () => {
    const options = command.opts<Record<string, unknown>>();
    const output = speak({ json: options.json === true, input: options.input !== false });
    done(await row.run({ arguments: command.args, options, environment, output }));
  });
}

/** Commander has said it on stderr; whoever reads stdout gets it as a document too. */
function writeUsageFault(message: string, speak: Speak): void {
  const output = speak({ json: true, input: false });
  writeJson(output, { failure: failureDocument({ code: 'USAGE', message, findings: [] }) });
}

/** Says what went wrong, as lines or, with `--json`, as a document; returns the exit code. */
function explain(error: unknown, args: readonly string[], speak: Speak): number {
  const output = speak({ json: args.includes('--json'), input: false });
  const failure = error instanceof Refusal ? error : unexpected(error);
  if (output.json) writeJson(output, { failure: failureDocument(failure) });
  for (const line of failureLines(failure)) output.say(line);
  if (args.includes('--debug')) output.say(stackOf(error));
  return failureOf(failure.code).exitCode;
}

const unexpected = (error: unknown): Refusal =>
  new Refusal('UNEXPECTED', (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '');

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
