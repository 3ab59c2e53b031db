import { type Command, Option } from 'commander';
import { tap } from 'rxjs';
import { type WatchOptions, watchFormats, watchPipeline } from '../../pipelines/watch.ts';
import { EventCommand, type EventWord, eventWords } from './eventCommand.ts';
import { fail } from './failure.ts';
import { numberOption } from './numberOption.ts';
import { pipeOption } from './pipeOption.ts';
import { addShowOptions, type ShowOptions, say, showRun, withoutShowOptions } from './showRun.ts';

interface CommandOptions extends ShowOptions, Omit<WatchOptions, 'path'> {
  readonly on?: readonly string[];
  readonly debounce: number;
}

/** `onager watch`: detectors, page and Arrow file for a run that another program trains. */
export function addWatchCommand(program: Command): void {
  const watch = program
    .command('watch')
    .description(watchPipeline.description)
    .argument('[path]', 'log to read, from its beginning; a folder of TensorBoard event files; - is standard input')
    .addOption(new Option('--format <name>', 'what the lines are (default: found out)').choices(watchFormats))
    .option('--pattern <regexp>', 'regular expression with named groups, such as (?<step>\\d+) and (?<loss>\\S+)')
    .option('--loss <field>', 'field that is the loss (default: loss, train_loss, train/loss, lm loss, ...)')
    .option('--step <field>', 'field that is the step (default: step, iter, iteration, global_step, _step, ...)')
    .option('--no-follow', 'read to the end and exit')
    .option('--pipe <names>', 'detectors, with commas', pipeOption)
    .option('--ratio <factor>', 'smallest rise worth an event (default: 1.3)', numberOption)
    .option('--patience <steps>', 'steps within which a spike must come back (default: 200)', numberOption)
    .option('--poll <ms>', 'milliseconds between two looks at the file (default: 200)', numberOption)
    .option('--on <words...>', `an event (${eventWords.join(', ')}) and a command that gets it as JSON on stdin`)
    .option('--debounce <s>', 'least seconds between two starts of a command', numberOption, 10);
  addShowOptions(watch, 'where to write the run (default: nowhere)').action(
    async (path: string | undefined, options: CommandOptions) => {
      try {
        const { on = [], debounce, ...given } = withoutShowOptions(options);
        const { rules, rest } = rulesOf(on);
        // `--on spike 'command' PATH` takes the path for one of its own words.
        const [source = rest, ...more] = path === undefined ? [] : [path];
        if (source === undefined) throw new RangeError('watch: expected the path of a log, or - for standard input');
        if (more.length > 0 || (path !== undefined && rest !== undefined))
          throw new RangeError(`--on ${rest}: expected a command after the event`);
        if (!(debounce >= 0)) throw new RangeError(`--debounce ${debounce}: expected seconds, at least 0`);
        const commands = rules.map(([word, command]) => new EventCommand(word, command, debounce * 1000, say));
        await showRun(
          options,
          async (context) => {
            const run = await watchPipeline.prepare({ ...given, path: source }, { ...context, progress: say });
            const rows = run.rows.pipe(
              tap((row) => {
                for (const command of commands) command.push(row);
              }),
            );
            const close = async () => void (await Promise.all(commands.map((command) => command.finish())));
            return { ...run, rows, close, accepts: ['stop'] };
          },
          () => undefined,
        );
      } catch (error) {
        fail(error);
      }
    },
  );
}

function rulesOf(words: readonly string[]): { rules: [EventWord, string][]; rest: string | undefined } {
  const rules: [EventWord, string][] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const word = eventWords.find((known) => known === words[i]!.replaceAll('-', ' '));
    if (word === undefined) throw new RangeError(`--on ${words[i]}: expected ${eventWords.join(', ')}`);
    rules.push([word, words[i + 1]!]);
  }
  return { rules, rest: words.length % 2 === 1 ? words.at(-1) : undefined };
}
