/** What is left to enumerate: states, and walks that go deeper before it goes on. */
export type Walk = Generator<Float64Array | Walk, void>;

/**
 * The states of a walk, depth first, as `yield*` of generators within generators would give them, but with a stack of its
 * own: a path of 20,000 vertices is as many walks deep, and each state there would pass through all of them.
 */
export function* depthFirst(root: Walk): Generator<Float64Array, void> {
  const stack = [root];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { value, done } = top.next();
    if (done) stack.pop();
    else if (value instanceof Float64Array) yield value;
    else if (value) stack.push(value);
  }
}
