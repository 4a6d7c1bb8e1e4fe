// The table of `automodel verify`: every check that matters by itself; gradients and final weights
// that agree are one line each.
import type { TensorCheck, VerificationReport } from '@automodel/train';
import type { Style } from '../terminal/style.js';
import { table } from './table.js';

const figure = (value: number | undefined): string =>
  value === undefined ? '' : value.toExponential(1);

/** One row for many tensors: the one nearest to its tolerance stands for all. */
function foldedRow(
  prefix: string,
  status: TensorCheck['status'],
  group: readonly TensorCheck[],
): string[][] {
  if (group.length === 0) return [];
  const share = ({ error = 0, tolerance = 1 }: TensorCheck): number => error / tolerance;
  const worst = group.reduce((a, b) => (share(b) > share(a) ? b : a));
  return [
    [
      `${prefix}* (${group.length})`,
      status,
      figure(worst.error),
      figure(worst.tolerance),
      worst.error === undefined ? '' : `worst: ${worst.name.slice(prefix.length)}`,
    ],
  ];
}

/** The text for stdout. */
export function renderVerification(report: VerificationReport, style: Style): string {
  const { bold, green, red, yellow } = style;
  const colour: Record<TensorCheck['status'], (text: string) => string> = {
    agrees: green,
    differs: red,
    'not-compared': (text) => text,
    'cannot-check': yellow,
  };
  const folded = (check: TensorCheck): boolean =>
    (check.status === 'agrees' || check.status === 'not-compared') &&
    /^(grad|final)\./.test(check.name);
  const shown = report.checks
    .filter((check) => !folded(check))
    .map((check) => [
      check.name,
      check.status,
      figure(check.error),
      figure(check.tolerance),
      check.note ?? '',
    ]);
  for (const prefix of ['grad.', 'final.'])
    for (const status of ['agrees', 'not-compared'] as const)
      shown.push(
        ...foldedRow(
          prefix,
          status,
          report.checks.filter(
            (check) => folded(check) && check.status === status && check.name.startsWith(prefix),
          ),
        ),
      );
  const lines = table([['tensor', '', 'error', 'tolerance', ''], ...shown], new Set([2, 3])).map(
    (line, i) =>
      i === 0
        ? bold(line)
        : line.replace(
            / (agrees|differs|cannot-check)\b/,
            (text, status: TensorCheck['status']) => ` ${colour[status](text.slice(1))}`,
          ),
  );
  const verdict = {
    agrees: green('agrees with the reference'),
    differs: red('differs from the reference'),
    'cannot-check': yellow('cannot be compared in full'),
  }[report.verdict];
  return `${lines.join('\n')}\n${report.folder} (${report.precision}) ${verdict}\n`;
}
