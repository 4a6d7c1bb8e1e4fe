// The part of a printed graph or plan that belongs to one module, line by line.
import { printGraph, printPlan, type Graph, type Plan } from '@automodel/core';

/** The nodes of a module, and of the graph's inputs those they can read. */
export function moduleGraph(graph: Graph, scope: string): string[] {
  const own = (name: string): boolean => name.includes(`${scope}.`);
  const inputs = graph.inputs.filter(
    ({ input }) => own(input!.name) || (input!.kind !== 'parameter' && input!.kind !== 'state'),
  );
  return printGraph({
    ...graph,
    inputs,
    nodes: graph.nodes.filter((node) => inside(node.scope, scope)),
    assigns: graph.assigns.filter(({ target }) => own(target.input!.name)),
  }).split('\n');
}

/** The steps of a module and the buffers they touch, numbered as in the whole plan. */
export function modulePlan(plan: Plan, scope: string): string[] {
  const [head = '', ...rest] = printPlan(plan).split('\n');
  const steps = plan.steps.map((step) => inside(step.scope, scope));
  const used = new Set(
    plan.steps.flatMap((step, i) =>
      steps[i] === true
        ? [...step.inputs, ...step.outputs].flatMap((ref) => (ref === null ? [] : [ref.buffer]))
        : [],
    ),
  );
  const buffers = rest
    .slice(0, plan.buffers.length)
    .filter((_, i) => used.has(plan.buffers[i]!.id));
  return [head, ...buffers, ...rest.slice(plan.buffers.length).filter((_, i) => steps[i])];
}

const inside = (name: string, scope: string): boolean =>
  name === scope || name.startsWith(`${scope}.`);
