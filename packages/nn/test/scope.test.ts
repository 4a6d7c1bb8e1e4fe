// The parameter scope: Hugging Face names, one trace input per parameter, and interceptors that
// wrap reads and linear modules.
import type { Interceptor } from '@automodel/contracts';
import { add, mul, reshape, sum, trace, type Trace } from '@automodel/core';
import { describe, expect, it } from 'vitest';
import { Scope } from '../src/index.js';

const rootOf = (t: Trace): Scope =>
  Scope.root(t, { dtypeOf: (name) => (name.includes('norm') ? 'f32' : 'bf16') });

describe('Scope', () => {
  it('names parameters by module path and stores them in the given dtype', () => {
    const graph = trace('g', (t) => {
      const scope = rootOf(t);
      scope.within('model.layers.0', (layer) =>
        layer.within('self_attn', (a) =>
          t.output('y', a.linear('q_proj', t.input('batch', 'x', [2, 3], 'f32'), 4, true)),
        ),
      );
      scope.within('model', (m) => m.parameter('norm.weight', [3], 'ones'));
      expect([...scope.records.keys()]).toEqual([
        'model.layers.0.self_attn.q_proj.weight',
        'model.layers.0.self_attn.q_proj.bias',
        'model.norm.weight',
      ]);
    });
    expect(
      graph.inputs
        .filter((v) => v.input!.kind === 'parameter')
        .map((v) => `${v.input!.name} ${v.dtype}`),
    ).toEqual([
      'model.layers.0.self_attn.q_proj.weight bf16',
      'model.layers.0.self_attn.q_proj.bias bf16',
      'model.norm.weight f32',
    ]);
    expect(graph.nodes.at(-1)!.scope).toBe('model.layers.0.self_attn.q_proj');
  });

  it('lets interceptors wrap reads and linear modules without knowing the model', () => {
    const seen: string[] = [];
    trace('g', (t) => {
      const x = t.input('batch', 'x', [2, 3], 'f32');
      const scope = Scope.root(t, {
        dtypeOf: () => 'f32',
        interceptors: [
          { read: (record, next) => (seen.push(`read ${record.name}`), mul(next(), 2)) },
          {
            linear: ({ module, x: input, outFeatures, scope: at, next }) => (
              seen.push(`linear ${module} ${outFeatures}`),
              add(next(), sum(at.parameter('extra.weight', [input.shape[0]!]), [0]))
            ),
          },
        ],
      });
      scope.linear('head', x, 4, false);
    });
    expect(seen).toEqual(['linear head 4', 'read head.weight', 'read head.extra.weight']);
  });

  it('declares a parameter as it is placed, and gives the model the whole one', () => {
    const halves: Interceptor = {
      placement: ({ shape: [rows = 0, ...row] }) => ({
        shape: [2, rows / 2, ...row],
        dtype: 'f16',
        boxes: () => [],
      }),
      read: ({ shape }, next) => reshape(next(), shape),
    };
    const graph = trace('g', (t) => {
      const scope = Scope.root(t, { dtypeOf: () => 'f32', interceptors: [halves] });
      t.output('w', scope.parameter('w', [4, 3]));
      expect(scope.records.get('w')).toMatchObject({ shape: [4, 3] });
    });
    expect(graph.inputs.map(({ shape, dtype }) => [...shape, dtype])).toEqual([[2, 2, 3, 'f16']]);
    expect(graph.outputs[0]!.value.shape).toEqual([4, 3]);
  });

  it('refuses placements that are not joined or not of the first interceptor', () => {
    const placing: Interceptor = { placement: () => ({ shape: [6], boxes: () => [] }) };
    const reading = (...interceptors: Interceptor[]) =>
      trace('g', (t) => {
        Scope.root(t, { dtypeOf: () => 'f32', interceptors }).parameter('w', [2, 3]);
      });
    expect(() => reading(placing)).toThrow('reading w gives [6], but it is [2,3]');
    expect(() => reading({}, placing)).toThrow(
      'w is placed by an interceptor that is not the first',
    );
  });

  it('refuses two uses of one name with different shapes', () => {
    expect(() =>
      trace('g', (t) => {
        const scope = rootOf(t);
        scope.parameter('w', [2]);
        scope.parameter('w', [3]);
      }),
    ).toThrow(/input w is asked for as parameter bf16\[3\] but exists as parameter bf16\[2\]/);
  });
});
