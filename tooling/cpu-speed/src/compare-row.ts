// Compares one row of the table, whatever kind of work it is.
import { readFileSync } from 'node:fs';
import type { MachineClass } from './machine.js';
import { measurePairs, measureWithin, type MeasureOptions } from './measure.js';
import { ROWS, type DecodingRow, type DocumentsRow, type TrainingRow } from './rows.js';
import { decodingSides, documentsSides, trainingSides, type SideContext } from './sides.js';
import {
  decodingVerdict,
  documentsVerdict,
  fittingVerdict,
  pairsVerdict,
  speedRatio,
  type Verdict,
} from './verdict.js';

export interface Comparison {
  readonly machineClass: MachineClass;
  readonly context: SideContext;
  readonly options: Omit<MeasureOptions, 'memory'>;
  /** Speed in multiples of PyTorch's of the training rows so far, by name. */
  readonly ratios: Map<string, number>;
}

/** Measures the row of that name. Errors: a side fails. */
export async function compareRow(name: string, comparison: Comparison): Promise<Verdict> {
  const row = ROWS[name];
  if (row === undefined) throw new Error(`there is no row ${name}`);
  const { context, options } = comparison;
  switch (row.kind) {
    case 'training':
      return compareTraining(name, row, comparison);
    case 'documents':
      return compareDocuments(row, comparison);
    case 'decoding':
      return compareDecoding(row, comparison);
    case 'fitting': {
      const sides = trainingSides(row, context);
      return fittingVerdict(row, await measureWithin(sides, row.bytes, options.tell));
    }
  }
}

async function compareTraining(
  name: string,
  row: TrainingRow,
  { machineClass, context, options, ratios }: Comparison,
): Promise<Verdict> {
  const { memory } = row;
  const measured = await measurePairs(trainingSides(row, context), { ...options, memory });
  ratios.set(name, speedRatio(measured));
  return pairsVerdict(measured, row.speed[machineClass], memory);
}

/** Errors: the full row was not measured before. */
async function compareDocuments(
  row: DocumentsRow,
  { context, options, ratios }: Comparison,
): Promise<Verdict> {
  const [full, ratio] = [ROWS[row.full], ratios.get(row.full)];
  if (full?.kind !== 'training' || ratio === undefined)
    throw new Error(`${row.full} has to be measured first`);
  const text = readFileSync(await context.inputs.lengths(), 'utf8');
  const lengths = text.trim().split('\n').map(Number);
  const measured = await measurePairs(documentsSides(row, full, lengths, context), options);
  return documentsVerdict(row, measured, ratio);
}

async function compareDecoding(
  row: DecodingRow,
  { machineClass, context, options }: Comparison,
): Promise<Verdict> {
  const { inputs, threads } = context;
  const measured = await measurePairs(decodingSides(row, context), { ...options, compiled: 0 });
  const weights = await inputs.weightBytes(row.shape);
  const bandwidth = await inputs.readBandwidth(threads);
  return decodingVerdict(row, measured, row.speed[machineClass], { weights, bandwidth });
}
