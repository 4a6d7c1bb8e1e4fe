// RoPE frequencies against transformers 5.17 (ROPE_INIT_FUNCTIONS, f32, on torch 2.11), read from
// configs as transformers 4 and transformers 5 write them.

import { hostTensor, runReference, trace } from '@automodel/core';
import { describe, expect, it } from 'vitest';
import {
  ConfigReader,
  inverseFrequencies,
  ropeParameters,
  rotaryTables,
  type RopeParameters,
  type DecoderBatch,
} from '../src/index.js';

const rope = (settings: object, rest: object = { max_position_embeddings: 256 }): RopeParameters =>
  ropeParameters(
    new ConfigReader({ model_type: 'llama', ...rest, ...settings }),
    16,
    'full_attention',
  );

const CASES = [
  [
    'linear',
    { rope_type: 'linear', factor: 4, rope_theta: 10000 },
    [
      0.25, 0.07905694097280502, 0.02500000037252903, 0.007905694656074047, 0.0024999999441206455,
      0.0007905694656074047, 0.0002500000118743628, 7.905694656074047e-5,
    ],
    1,
  ],
  [
    'llama3',
    {
      rope_type: 'llama3',
      rope_theta: 500000,
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 32,
    },
    [
      1, 0.024240344762802124, 0.004700753837823868, 0.0009115831344388425, 0.00017677668074611574,
      3.428102354519069e-5, 6.647869668086059e-6, 1.289173155782919e-6,
    ],
    1,
  ],
  [
    'yarn',
    { rope_type: 'yarn', rope_theta: 10000, factor: 4, original_max_position_embeddings: 64 },
    [
      1, 0.23717081546783447, 0.04999999701976776, 0.007905694656074047, 0.0024999999441206455,
      0.0007905694656074047, 0.0002500000118743628, 7.905694656074047e-5,
    ],
    1.138629436111989,
  ],
  [
    'yarn with mscale',
    {
      rope_type: 'yarn',
      rope_theta: 50000,
      factor: 8,
      original_max_position_embeddings: 256,
      mscale: 0.8,
      mscale_all_dim: 1.2,
      beta_fast: 24,
      beta_slow: 2,
      truncate: false,
    },
    [
      1, 0.1836373656988144, 0.01564052328467369, 0.0021617042366415262, 0.0005590170039795339,
      0.00014456186909228563, 3.738372106454335e-5, 9.667434824223164e-6,
    ],
    0.9334330004364886,
  ],
] as const;

describe('inverse frequencies', () => {
  it.each(CASES)(
    '%s equals transformers, from either form of config',
    (_name, parameters, values, factor) => {
      const { rope_theta, ...scaling } = parameters;
      for (const config of [
        rope({ rope_parameters: parameters }),
        rope({ rope_theta, rope_scaling: scaling }),
      ]) {
        const result = inverseFrequencies(config);
        values.forEach((value, i) =>
          expect(Math.abs(result.values[i]! / value - 1)).toBeLessThan(2e-7),
        );
        expect(result.attentionFactor).toBeCloseTo(factor, 12);
      }
    },
  );

  it('reads one RoPE per layer type', () => {
    const config = new ConfigReader({
      model_type: 'gemma3_text',
      max_position_embeddings: 64,
      rope_parameters: {
        full_attention: { rope_type: 'default', rope_theta: 1e6 },
        sliding_attention: { rope_type: 'default', rope_theta: 1e4 },
      },
    });
    expect(ropeParameters(config, 16, 'full_attention').theta).toBe(1e6);
    expect(ropeParameters(config, 16, 'sliding_attention').theta).toBe(1e4);
  });

  it('a filled rope_scaling replaces all settings, an empty one replaces none', () => {
    const linear = { rope_type: 'linear', factor: 4, rope_theta: 500000 };
    const dynamic = rope({ rope_parameters: linear, rope_scaling: { type: 'dynamic', factor: 2 } });
    expect([dynamic.type, dynamic.theta, dynamic.settings.number('factor')]).toEqual([
      'dynamic',
      10000,
      2,
    ]);
    const kept = rope({ rope_parameters: linear, rope_scaling: {}, rope_theta: 7 });
    expect([kept.type, kept.theta]).toEqual(['linear', 500000]);
  });

  it('a trained length at the top of config.json wins over one in the settings', () => {
    const llama3 = {
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    };
    const [top, inner] = [
      rope({ rope_parameters: llama3, original_max_position_embeddings: 32 }),
      rope({ rope_parameters: { ...llama3, original_max_position_embeddings: 32 } }),
    ];
    expect(inverseFrequencies(top).values).toEqual(inverseFrequencies(inner).values);
    expect(inverseFrequencies(top).values).not.toEqual(
      inverseFrequencies(rope({ rope_parameters: llama3 })).values,
    );
  });

  it('refuses what it cannot rotate, by key', () => {
    expect(() =>
      ropeParameters(new ConfigReader({ model_type: 'llama' }), 7, 'full_attention'),
    ).toThrow(/head width of 7 .* must be even/);
    expect(() => rope({ partial_rotary_factor: 0.5 })).toThrow(
      /partial_rotary_factor 0.5 is not supported/,
    );
  });

  it('refuses an unknown type by name', () => {
    expect(() => rope({ rope_scaling: { type: 'longrope' } })).toThrow(
      /RoPE type "longrope" is not supported/,
    );
  });
});

describe('rotary tables', () => {
  it('dynamic RoPE scales only by the length of the document itself', () => {
    const dynamic = rope(
      { rope_parameters: { rope_type: 'dynamic', factor: 4, rope_theta: 10000 } },
      { max_position_embeddings: 64 },
    );
    const graph = trace('tables', (t) => {
      const batch = {
        inputIds: undefined,
        segments: undefined,
        positions: t.input('batch', 'positions', [2], 'i32'),
        documentLengths: t.input('batch', 'lengths', [2], 'i32'),
      } as unknown as DecoderBatch;
      t.output('sin', rotaryTables(dynamic, batch).sin);
    });
    const feeds = new Map([
      ['positions', hostTensor('i32', [2], [1, 1])],
      ['lengths', hostTensor('i32', [2], [100, 20])],
    ]);
    const sin = [...runReference(graph, feeds, 'typed').outputs.get('sin')!.data].map(Number);
    const grown = [
      1, 0.2672230005264282, 0.07140812277793884, 0.01908189244568348, 0.005099120084196329,
      0.0013626019936054945, 0.00036411857581697404, 9.730085002956912e-5,
    ];
    grown.forEach((frequency, i) =>
      expect(Math.abs(sin[i]! / Math.sin(frequency) - 1)).toBeLessThan(1e-6),
    );
    [1, 0.31622776, 0.1, 0.031622777].forEach((frequency, i) =>
      expect(Math.abs(sin[8 + i]! / Math.sin(frequency) - 1)).toBeLessThan(1e-6),
    );
  });
});
