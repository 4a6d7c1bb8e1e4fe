// One kind of broken input: what is broken, and what a user reads. `testBroken` runs a table of
// them as a user would: `check` and the command itself say the same one line, exit with 2, within
// seconds, without a stack, and leave everything as it was. Only of data does `check` name more
// than the first wrong row.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cliIn } from '../../support/cli-in.js';
import { SandboxMaker, type Sandbox } from './sandbox.js';

export interface BrokenCase {
  readonly name: string;
  /** Breaks one thing. */
  readonly breaks?: (at: Sandbox) => void | Promise<void>;
  /**
   * What the line says: the place, then what is wrong and what to do. `error: ` is not part of it.
   */
  readonly says: RegExp;
  /** The command, in place of `finetune recipe.yaml` and `check recipe.yaml`. */
  readonly argv?: readonly string[];
  /**
   * What is found only while training, or at its end: `check` is not asked, what came before is
   * shown too, and the output folder is there, without a result.
   */
  readonly whileTraining?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What `check` says of rows and files after the first wrong one. */
const FURTHER_ROWS = /^error: (?:\S+\.\w+(?::\d+)*: |and \d+ more rows? (?:is|are) refused)/;

/** The errors among the findings of `check`, as `finetune` writes them. */
const errorsOf = (out: string): string[] =>
  [...out.matchAll(/^error +\S+ +(.*)(?:\n {20}(.*))?$/gm)]
    .map(([, message, hint]) => `error: ${message ?? ''}${hint === undefined ? '' : ` (${hint})`}`)
    .filter((line, i) => i === 0 || !FURTHER_ROWS.test(line));

/** Seconds a refusal may take. */
const SOON = 5;

function commandsFor({ argv, whileTraining }: BrokenCase): readonly (readonly string[])[] {
  if (argv !== undefined) return [argv];
  const finetune = ['finetune', 'recipe.yaml'];
  return whileTraining === true ? [finetune] : [finetune, ['check', 'recipe.yaml']];
}

export async function expectRefused(at: Sandbox, broken: BrokenCase): Promise<void> {
  const { says, environment = {}, whileTraining } = broken;
  const before = at.snapshot();
  for (const command of commandsFor(broken)) {
    const started = process.cpuUsage();
    const { code, out, err } = await cliIn(at.root, command, { environment });
    const used = process.cpuUsage(started);
    const findings = command[0] === 'check' ? errorsOf(out) : [];
    const lines = findings.length > 0 ? findings : err.trimEnd().split('\n');
    if (whileTraining === true) lines.splice(0, lines.length - 1);
    expect({ command, lines, code }).toEqual({
      command,
      lines: [expect.stringMatching(/^error: /)],
      code: 2,
    });
    expect(
      lines[0]?.replace('error: ', '').replaceAll(`${at.root}/`, '').replaceAll(at.root, '.'),
    ).toMatch(says);
    const after = at.snapshot();
    expect(
      whileTraining === true
        ? Object.keys(after).filter((name) => /^out\/.*(safetensors|config\.json)/.test(name))
        : after,
    ).toEqual(whileTraining === true ? [] : before);
    expect((used.user + used.system) / 1e6).toBeLessThan(SOON);
  }
}

/** A test for each case. */
export function testBroken(title: string, cases: readonly BrokenCase[]): void {
  describe(title, () => {
    let maker: SandboxMaker;
    beforeAll(async () => {
      maker = await SandboxMaker.create();
    });
    afterAll(() => maker.close());

    test.each(cases)('$name', async (broken) => {
      const at = maker.make();
      await broken.breaks?.(at);
      await expectRefused(at, broken);
    });
  });
}
