// The table of `automodel verify --ops`: one row for each op, with its largest errors on the
// reference run and on the backend, and a line for each case that does not agree.
import type { OpCaseCheck, OpsReport } from '@automodel/recorded';
import type { Style } from '../terminal/style.js';
import { table } from './table.js';

type Status = OpCaseCheck['status'];
const RUNS = ['reference', 'backend'] as const;

const worst = (
  checks: readonly OpCaseCheck[],
  run: (typeof RUNS)[number],
  kind: 'output' | 'gradient',
): string => {
  const errors = checks.flatMap((check) => check[run][kind] ?? []);
  return errors.length === 0 ? '' : Math.max(...errors).toExponential(1);
};

const statusOf = (checks: readonly OpCaseCheck[]): Status =>
  (['differs', 'cannot-check'] as const).find((status) =>
    checks.some((check) => check.status === status),
  ) ?? 'agrees';

/** The text for stdout. */
export function renderOps({ folder, backend, verdict, cases }: OpsReport, style: Style): string {
  const { bold, green, red, yellow } = style;
  const colour: Record<Status, (text: string) => string> = {
    agrees: green,
    differs: red,
    'cannot-check': yellow,
  };
  const rows = [...new Set(cases.map(({ op }) => op))].map((op) => {
    const checks = cases.filter((check) => check.op === op);
    return [
      op,
      String(checks.length),
      ...RUNS.flatMap((run) => [worst(checks, run, 'output'), worst(checks, run, 'gradient')]),
      statusOf(checks),
    ];
  });
  const heading = ['op', 'cases', 'reference', 'gradient', backend, 'gradient', ''];
  const lines = table([heading, ...rows], new Set([1, 2, 3, 4, 5])).map((line, i) =>
    i === 0
      ? bold(line)
      : line.replace(
          / (agrees|differs|cannot-check)$/,
          (text, status: Status) => ` ${colour[status](text.slice(1))}`,
        ),
  );
  const others = cases.filter(({ status }) => status !== 'agrees');
  for (const { case: name, status, note = '' } of others)
    lines.push(`${name} ${colour[status](status)}: ${note}`);
  const count = verdict === 'agrees' ? cases.length : countOf(cases, verdict);
  const result = colour[verdict](`${count} of ${cases.length} cases ${VERDICTS[verdict]}`);
  return `${lines.join('\n')}\n${folder}: ${result}\n`;
}

const VERDICTS: Readonly<Record<Status, string>> = {
  agrees: 'agree with PyTorch',
  differs: 'differ from PyTorch',
  'cannot-check': 'could not be compared',
};

const countOf = (cases: readonly OpCaseCheck[], verdict: Status): number =>
  cases.filter(({ status }) => status === verdict).length;
