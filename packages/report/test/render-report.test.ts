import { expect, test } from 'vitest';
import { renderLivePage, renderReport } from '../src/index.js';
import { data } from './sample-run.js';

/** Text of the page as a reader sees it: scripts, styles and tags taken out. */
const shown = (page: string): string =>
  page
    .replace(/<(script|style)[^]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, '|')
    .replace(/[|\s]*\|[|\s]*/g, '|');

test('every number that a curve shows at its ends is in a table too', () => {
  const text = shown(renderReport(data));
  for (const row of [
    '|Training loss|1.000|4.000|1.000|2.000|4.000|',
    '|Peak memory, GiB|0.5000|',
    '|Tokens per second|1003|1000|1000|1002|1003|',
    '|Learning rate|1.00e-4|',
    '|2|default|2.500|12.18|',
    '|4|code|1.500|4.482|',
    '|before training|0.0 %|0 of 8|',
    '|after step 4|75.0 %|6 of 8|',
    '|Peak memory|1.0 GiB|512 MiB|50.0 %|',
    '|One step|at least 0.5 s|1.5 s|3.0 times|',
    '|weights|256 MiB|25.0 %|',
    '|node|v20|',
    'npx automodel generate --model out',
    'seed: 1',
  ])
    expect(text).toContain(row);
  expect(text).toContain('|finished|4 of 4 steps in 6.0 s · 1 min 30 s in all ·');
  expect(text).toContain(
    '|prompt|hello|expected|world|' +
      'before training|differs|what?|after step 4|as expected|world|',
  );
});

test('the headline shows the last validation loss with the best, and the peak of all steps', () => {
  const memory = [0.5, 2, 0.25, 0.5];
  const text = shown(
    renderReport({
      ...data,
      steps: data.steps.map((step, i) => ({ ...step, memoryGib: memory[i]! })),
      validations: [2.5, 1.5, 2].map((loss, step) => ({ name: 'default', step, loss })),
    }),
  );
  expect(text).toContain('|Validation loss|2.000|best 1.500, after step 2|');
  expect(text).toContain('|Peak memory|2.0 GiB|1.0 GiB predicted|');
});

test('the answers of eight of many moments are shown, the first and the last among them', () => {
  const evaluations = Array.from({ length: 50 }, (_, i) => ({
    steps: i,
    total: 1,
    correct: 0,
    exactMatch: undefined,
    samples: [{ prompt: 'p', expected: 'e', answer: `answer ${i}.`, correct: false }],
  }));
  const text = shown(renderReport({ ...data, evaluations }));
  expect(text.match(/answer \d+\./g)).toEqual(
    [0, 7, 14, 21, 28, 35, 42, 49].map((i) => `answer ${i}.`),
  );
});

test('text from outside cannot become markup or script', () => {
  const evil = '</script><script>alert(1)</script><img src=x onerror="alert(1)">\'&';
  const page = renderReport({
    ...data,
    name: evil,
    message: evil,
    recipe: evil,
    notes: [evil],
    nextCommand: evil,
    environment: { [evil]: evil },
    saved: [{ what: evil, path: evil }],
    model: {
      ...data.model!,
      type: evil,
      path: evil,
      precision: evil,
      adapter: { name: evil, modules: 1, parameters: 1 },
    },
    datasets: [{ ...data.datasets[0]!, name: evil, file: evil }],
    validations: [{ name: evil, step: 1, loss: 1 }],
    evaluations: [
      {
        ...data.evaluations[0]!,
        samples: [{ prompt: evil, expected: evil, answer: evil, correct: false }],
      },
    ],
    plan: { ...data.plan!, memory: [{ label: evil, bytes: 1 }] },
  });
  expect(page).not.toContain('<img');
  expect(page).not.toContain('<script>alert');
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page.match(/<\/script/g)).toHaveLength(2);
  const json = /id="chart-data">(.*?)<\/script>/.exec(page)![1]!;
  expect((JSON.parse(json) as { series: { label: string }[] }[])[0]!.series[1]!.label).toBe(
    `validation ${evil}`,
  );
});

test('the page asks for nothing and runs only its own scripts', () => {
  const page = renderReport(data);
  expect(page).toContain('default-src &#39;none&#39;');
  expect(page.match(/sha256-/g)).toHaveLength(2);
  expect(page).not.toContain('unsafe');
  const rest = page.replace(/<script[^]*?<\/script>/g, '');
  expect(rest).not.toMatch(/(src|href|url)\s*[=(](?!#)/);
  expect(rest).not.toMatch(/ (style|on\w+)=/);
});

test('curves are pictures without script, with their last values in the legend', () => {
  const page = renderReport(data).replace(/<(script|style)[^]*?<\/\1>/g, '');
  expect(page.match(/<svg role="img"/g)).toHaveLength(5);
  expect(page).toContain(
    'aria-label="Loss by step; at the end step 4, training 1, validation 2.5, validation code 1.5"',
  );
  const text = shown(page);
  expect(text).toContain('|step|4|training|1|validation|2.5|validation code|1.5|');
  expect(text).toContain('|tokens per second|1003|median|1002|');
  expect(text).toContain('|peak memory|0.5|predicted|1|');
});

test('the page is well formed: every element that is opened is closed in its turn', () => {
  const confusion = {
    labels: ['no', '<yes>'],
    counts: [
      [3, 1, 0],
      [0, 2, 2],
    ],
  };
  const evaluations = data.evaluations.map((evaluation) => ({ ...evaluation, confusion }));
  for (const page of [renderReport({ ...data, evaluations }), renderLivePage(data)]) {
    const open: string[] = [];
    const text = page.replace(/(<(script|style)[^>]*>)[^]*?(<\/\2>)/g, '$1$3');
    for (const [tag, end, name = ''] of text.matchAll(/<(\/?)([a-z][\w-]*)[^>]*>/gi))
      if (end === '/') expect(open.pop()).toBe(name);
      else if (!/^(meta|input|link)$/.test(name) && !tag.endsWith('/>')) open.push(name);
    expect(open).toEqual([]);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test('labels are shown as a table of expected and given answers', () => {
  const confusion = {
    labels: ['no', '<yes>'],
    counts: [
      [3, 1, 0],
      [0, 2, 2],
    ],
  };
  const [first, last] = data.evaluations;
  const text = shown(
    renderReport({
      ...data,
      evaluations: [
        { ...first!, confusion },
        { ...last!, confusion },
      ],
    }),
  );
  expect(text).toContain(
    '|Labels after step 4, of the 8 rows that were answered: expected in rows, ' +
      'answered in columns|' +
      'expected|no|&lt;yes&gt;|something else|right|' +
      'no|3|1|0|3 of 4|&lt;yes&gt;|0|2|2|2 of 4|',
  );
});

test('only the live page may ask its server', () => {
  expect(renderReport(data)).not.toContain('connect-src');
  const page = renderLivePage(data);
  expect(page).toContain('connect-src &#39;self&#39;');
  expect(page).toContain('<body data-live>');
});

test('a run without a step, and one that failed, are reported too', () => {
  const early = shown(
    renderReport({
      ...data,
      status: 'failed',
      message: 'rows.jsonl:3: no messages',
      steps: [],
      validations: [],
      evaluations: [],
      saved: [],
      plan: undefined,
      model: undefined,
      nextCommand: undefined,
      stepSeconds: undefined,
    }),
  );
  expect(early).toContain('|failed|0 of 4 steps');
  expect(early).toContain('rows.jsonl:3: no messages');
  expect(early).toContain('No step has run.');
});
