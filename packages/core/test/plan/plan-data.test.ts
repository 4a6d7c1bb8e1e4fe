// Plans as data: JSON, differences, costs and the memory of several programs.
import { describe, expect, it } from 'vitest';
import {
  diffPlans,
  memoryReport,
  mul,
  planCost,
  planFromJson,
  planToJson,
  sum,
  type Plan,
} from '../../src/index.js';
import { planOf } from './plan-of.js';

describe('plans as data', () => {
  const { plan } = planOf((t) => t.output('y', mul(t.input('batch', 'x', [2, 4], 'f32'), 0.5)));

  it('survive JSON, with numbers that JSON lacks', () => {
    const odd: Plan = {
      ...plan,
      steps: plan.steps.map((s) => ({
        ...s,
        attrs: {
          a: -0,
          b: NaN,
          c: -Infinity,
          d: 2n ** 60n,
          e: BigInt64Array.of(-1n),
          f: [1, 2],
          g: null,
          h: 'x',
        },
      })),
    };
    expect(planFromJson(planToJson(odd))).toEqual(odd);
    expect(planToJson(planFromJson(planToJson(odd)))).toBe(planToJson(odd));
    expect(() => planFromJson('{}')).toThrow('not a plan');
    expect(() => planFromJson('{')).toThrow('not a plan in JSON');
  });

  it('show what differs', () => {
    expect(diffPlans(plan, plan)).toEqual([]);
    expect(
      diffPlans(plan, { ...plan, steps: [{ ...plan.steps[0]!, op: 'div' }] }).map((line) =>
        line.slice(0, 40),
      ),
    ).toMatchInlineSnapshot(`
      [
        "-   0: %2@1: f32[2,4] = mul(%0@0: f32[2,",
        "+   0: %2@1: f32[2,4] = div(%0@0: f32[2,",
      ]
    `);
  });

  it('cost time by the slower of arithmetic and memory', () => {
    expect(planCost(plan, { peakFlops: { f32: 8, bf16: 16 }, bandwidth: 1e9 })).toEqual({
      flops: 8,
      bytes: 68,
      seconds: 1,
      exposedSeconds: 0,
      byOp: [{ op: 'mul', seconds: 1, steps: 1 }],
    });
    expect(planCost(plan, { peakFlops: { f32: 1e9, bf16: 1e9 }, bandwidth: 34 }).seconds).toBe(2);
  });

  it('report memory over all programs', () => {
    const program = (name: string, rows: number): Plan =>
      planOf((t) => {
        const g = t.input('state', 'gradient.w', [8], 'f32');
        const w = t.input('parameter', 'w', [8], 'f32');
        const x = t.input('batch', name, [rows, 8], 'f32');
        const y = t.within('layers.0', () => sum(mul(x, w), [0]));
        t.assign(g, sum(mul(x, y), [0]));
      }).plan;
    const report = memoryReport(
      [program('a', 16), program('b', 64)],
      (name) => name.split('.')[0]!,
    );
    expect({ ...report, states: [...report.states] }).toMatchInlineSnapshot(`
      {
        "arena": {
          "byScope": [
            {
              "bytes": 2112,
              "scope": "layers.0",
            },
          ],
          "bytes": 2112,
          "gathered": 0,
          "live": 2112,
          "peakStep": 1,
          "program": "program",
          "unreduced": 0,
          "workspace": 0,
        },
        "batch": 2560,
        "constants": 0,
        "outputs": 0,
        "parameters": 32,
        "states": [
          [
            "gradient",
            32,
          ],
        ],
        "total": 4736,
      }
    `);
  });
});
