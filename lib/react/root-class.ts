/** The class of a part's outermost element, which the stylesheet holds on to, with what the page adds. */
export function rootClass(added?: string): string {
  return added === undefined ? "slipway" : `slipway ${added}`;
}
