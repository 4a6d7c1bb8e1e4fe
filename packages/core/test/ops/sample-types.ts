// Every op with the types that its samples have: what costs are counted on.
import {
  builtinOps,
  type Attributes,
  type OpDefinition,
  type TensorType,
} from '../../src/index.js';
import { collectiveOps } from '../../src/ops/collective/collective-ops.js';

/** Every op there is, by name. */
export const allOps: Readonly<Record<string, OpDefinition>> = {
  ...builtinOps,
  ...collectiveOps,
};

/** The types of one sample. */
export interface SampleTypes {
  readonly title: string;
  readonly op: OpDefinition;
  readonly inputs: readonly (TensorType | undefined)[];
  readonly outputs: readonly TensorType[];
  readonly attrs: Attributes;
}

/** All samples of all ops. */
export const sampleTypes: readonly SampleTypes[] = Object.values(allOps).flatMap((op) =>
  op.samples.map(({ inputs: operands, attrs }, i) => {
    const inputs = operands.map((operand) =>
      operand === null ? undefined : { shape: operand.shape, dtype: operand.dtype ?? 'f32' },
    );
    return { title: `${op.name} ${i}`, op, inputs, outputs: op.infer(inputs, attrs), attrs };
  }),
);
