// Slurm's short forms of lists: `node[07-09,12],login` and `4(x2),3`.

/** The first host of a list. */
export function firstHost(list: string): string {
  const [, before = '', first = '', after = ''] = /^([^,[]*)(?:\[([^\]]*)\])?([^,[]*)/.exec(list)!;
  return before + first.split(/[,-]/)[0]! + after;
}

/** The number of tasks of a node, counted from 0; undefined where the list does not say it. */
export function tasksOfNode(list: string, node: number): number | undefined {
  const counts = list.split(',').flatMap((part) => {
    const [, tasks, times = '1'] = /^(\d+)(?:\(x(\d+)\))?$/.exec(part.trim()) ?? [];
    return tasks === undefined ? [] : Array.from({ length: Number(times) }, () => Number(tasks));
  });
  return counts[node];
}
