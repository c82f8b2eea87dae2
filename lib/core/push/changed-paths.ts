/** A commit as a host lists it. Hosts that list no files leave all three out. */
interface ListedCommit {
  readonly id?: string | undefined;
  readonly added?: readonly string[] | undefined;
  readonly removed?: readonly string[] | undefined;
  readonly modified?: readonly string[] | undefined;
}

/** GitHub lists no more of a push than this: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const listedAtMost = 2048;

/**
 * The files that a push changed, or `null` where the commits that it lists are not all that changed: the branch is new
 * or was moved by force, the list was cut, or it names no files.
 */
export function changedPaths(push: {
  readonly after: string;
  readonly created: boolean;
  readonly forced: boolean;
  readonly commits: readonly ListedCommit[];
  /** How many there are in all, where the host says so. */
  readonly total: number | null;
}): readonly string[] | null {
  const { after, created, forced, commits, total } = push;
  if (created || forced) return null;
  if (commits.length >= listedAtMost || (total !== null && total > commits.length)) return null;
  if (!commits.some(({ id }) => id === after)) return null;
  const lists = commits.map(({ added, removed, modified }) => [added, removed, modified]);
  if (lists.some((three) => three.every((list) => list === undefined))) return null;
  return [...new Set(lists.flat().flatMap((list) => list ?? []))];
}
