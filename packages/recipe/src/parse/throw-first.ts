// Makes an error of the first issue of a recipe, in the order of its file.
import { AutomodelError } from '@automodel/core';
import { sentence, type Issue, type Path } from '../issues/issue.js';

/** Where a key or value stands: file:line:column, or the option of an override. */
export type Locate = (path: Path, at: 'key' | 'value') => string | undefined;

/** Errors: the first of `issues`. */
export function throwFirst(issues: readonly Issue[], locate: Locate): never {
  const [first, ...others] = issues.map((issue) => ({
    issue,
    location: locate(issue.path, issue.at),
  }));
  if (first === undefined) throw new AutomodelError('internal', 'nothing is wrong with the recipe');
  const { issue, location } = others.reduce(
    (best, other) => (isBefore(other.location, best.location) ? other : best),
    first,
  );
  throw new AutomodelError(
    issue.unsupported === true ? 'unsupported' : 'bad-recipe',
    sentence(issue.path, issue.message),
    { location },
  );
}

/** Whether a place in a file comes before another; what is in no file comes last. */
function isBefore(place: string | undefined, other: string | undefined): boolean {
  const [[line, column], [otherLine, otherColumn]] = [positionOf(place), positionOf(other)];
  return line === otherLine ? column < otherColumn : line < otherLine;
}

function positionOf(location = ''): readonly [line: number, column: number] {
  const [, line = Infinity, column = Infinity] = /:(\d+):(\d+)$/.exec(location) ?? [];
  return [Number(line), Number(column)];
}
