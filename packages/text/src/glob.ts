import { type Node, parseGlob } from "./glob-syntax.ts";

/** What matching may still cost: 1 for a comparison of text, {@link placeCost} for each place of a pattern at a character. */
export interface Work {
  left: number;
}

const placeCost = 3;

/** Matching costs more than was allowed: whether the path fits is not known. */
export class OutOfWork extends Error {
  constructor() {
    super("Matching these patterns takes too long.");
    this.name = "OutOfWork";
  }
}

export interface Glob {
  /** Whether the whole path fits. Takes what it costs from `work`, and throws {@link OutOfWork} when nothing is left. */
  matches(path: string, work: Work): boolean;
}

/** A place of the automaton: what it takes, and where it leads. */
type State =
  | { readonly kind: "take"; readonly takes: (character: string) => boolean; next: number }
  | { readonly kind: "split"; readonly next: number[] }
  | { readonly kind: "end" };

/**
 * Compiles a glob to an automaton that is in all its possible states at once, so that it never goes back: a path costs at most
 * its length times the pattern's. Throws `GlobSyntaxError`. `glob-syntax.ts` describes the syntax.
 */
export const compileGlob = (pattern: string): Glob => compileNodes(parseGlob(pattern));

/** Compiles a pattern that another syntax was read from. */
export function compileNodes(nodes: readonly Node[]): Glob {
  const [head, tail] = [literalAt(nodes), literalAt([...nodes].reverse())];
  const prefix = head.join("");
  const suffix = tail.reverse().join("");
  const isLiteral = head.length === nodes.length;
  const { states, start } = automaton(nodes);
  return {
    matches: (path, work) => {
      spend(work, 1);
      if (isLiteral) return path === prefix;
      // Most paths are none of a pattern's, and most patterns begin or end with plain text.
      if (!path.startsWith(prefix) || !path.endsWith(suffix)) return false;
      return run(states, start, path, work);
    },
  };
}

/** Takes from what is left; throws {@link OutOfWork}. */
export function spend(work: Work, cost: number): void {
  work.left -= cost;
  if (work.left < 0) throw new OutOfWork();
}

function literalAt(nodes: readonly Node[]): string[] {
  const end = nodes.findIndex(({ kind }) => kind !== "literal");
  return nodes
    .slice(0, end === -1 ? nodes.length : end)
    .flatMap((node) => (node.kind === "literal" ? [node.text] : []));
}

function run(states: readonly State[], start: number, path: string, work: Work): boolean {
  let active: number[] = [];
  const marks = new Uint32Array(states.length);
  let generation = 0;
  const enter = (into: number[], from: number): void => {
    const open = [from];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (marks[at] === generation) continue;
      marks[at] = generation;
      const state = states[at];
      if (state?.kind === "split") open.push(...state.next);
      else into.push(at);
    }
  };
  generation += 1;
  enter(active, start);
  for (const character of path) {
    spend(work, placeCost * (active.length + 1));
    const next: number[] = [];
    generation += 1;
    for (const at of active) {
      const state = states[at];
      if (state?.kind === "take" && state.takes(character)) enter(next, state.next);
    }
    active = next;
    if (active.length === 0) return false;
  }
  return active.some((at) => states[at]?.kind === "end");
}

const isAny = (): boolean => true;
const isWithinName = (character: string): boolean => character !== "/";

/** Built from the end, so that each state knows where it leads. */
function automaton(nodes: readonly Node[]): { readonly states: readonly State[]; readonly start: number } {
  const states: State[] = [{ kind: "end" }];
  const add = (state: State): number => states.push(state) - 1;
  const take = (takes: (character: string) => boolean, next: number): number => add({ kind: "take", takes, next });
  const repeat = (takes: (character: string) => boolean, next: number): number => {
    const ways: number[] = [next];
    const loop = add({ kind: "split", next: ways });
    ways.push(take(takes, loop));
    return loop;
  };
  const either = (...next: number[]): number => add({ kind: "split", next });
  const before = (node: Node, next: number): number => {
    switch (node.kind) {
      case "literal":
        return take((character) => character === node.text, next);
      case "one":
        return take(isWithinName, next);
      case "set":
        return take(node.has, next);
      case "name":
        return repeat(isWithinName, next);
      case "anything":
        return repeat(isAny, next);
      case "folders":
        return either(
          next,
          repeat(
            isAny,
            take((character) => character === "/", next),
          ),
        );
      case "below":
        return either(
          next,
          take((character) => character === "/", repeat(isAny, next)),
        );
      case "either":
        return either(...node.branches.map((branch) => sequence(branch, next)));
    }
  };
  const sequence = (all: readonly Node[], next: number): number =>
    all.reduceRight((to, node) => before(node, to), next);
  return { start: sequence(nodes, 0), states };
}
