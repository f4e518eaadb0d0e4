// Strongly connected components of a graph: Tarjan, "Depth-first search and linear graph algorithms", 1972.

/** Strongly connected components , those that an edge leads to before those that it comes from. Iterative: grammars may be deep. Cost: linear. */
export function stronglyConnected<T>(nodes: readonly T[], edges: (node: T) => readonly T[]): T[][] {
  const index = new Map<T, number>();
  const low = new Map<T, number>();
  const open: T[] = [];
  const isOpen = new Set<T>();
  const components: T[][] = [];
  for (const root of nodes) {
    if (index.has(root)) continue;
    const path: { node: T; targets: readonly T[]; at: number }[] = [];
    const enter = (node: T): void => {
      index.set(node, index.size);
      low.set(node, index.get(node)!);
      open.push(node);
      isOpen.add(node);
      path.push({ node, targets: edges(node), at: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const frame = path[path.length - 1]!;
      if (frame.at < frame.targets.length) {
        const to = frame.targets[frame.at++]!;
        if (!index.has(to)) enter(to);
        else if (isOpen.has(to)) low.set(frame.node, Math.min(low.get(frame.node)!, index.get(to)!));
        continue;
      }
      path.pop();
      const parent = path[path.length - 1]?.node;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent)!, low.get(frame.node)!));
      if (low.get(frame.node) !== index.get(frame.node)) continue;
      const component = open.splice(open.lastIndexOf(frame.node));
      for (const node of component) isOpen.delete(node);
      components.push(component);
    }
  }
  return components;
}
