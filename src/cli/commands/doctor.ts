/**
 * `slipway doctor`: is all there that a release needs, and what to do about what is not.
 */
import { Argument, type Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { addOutputOptions, type OutputOptions } from './output-options.ts';

export const PLACES = ['all', 'client', 'local', 'control', 'checks', 'build', 'deploy'] as const;
export type Place = (typeof PLACES)[number];

export type DoctorOptions = OutputOptions;

const HELP = `
What a machine is for:
  all       everything, with the credentials of this shell
  client    starts and watches releases, as CI does: needs no Docker and no AWS
  local     runs \`slipway local up\`
  control, checks, build, deploy
            runs that worker: start it with the credentials that the worker will have

Each is asked at the same time, and for at most 10 s. Nothing is changed; what could only be tried by doing it is said
to be so, or asked of IAM's simulation. With each thing that is not as it should be stands what to do.

Examples:
  slipway doctor client             on a CI runner
  slipway doctor build              on a build machine
  slipway doctor --json | jq '.findings[] | select(.state == "broken")'

Exit codes: 0 all that is needed is there, maybe with warnings · 1 something that is needed is not`;

export function addDoctorCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('doctor')
    .description('look whether all is there that a release needs; each problem with its fix')
    .addArgument(new Argument('[place]', 'what this machine is for').choices(PLACES).default('all'))
    .addHelpText('after', HELP);
  addOutputOptions(command).action(async (place: Place, options: DoctorOptions) => {
    const { doctor } = await import('../doctor.ts');
    context.exit(await doctor(place, options, context));
  });
}
