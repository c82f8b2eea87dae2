/** The class of a part's outermost element, which the stylesheet holds on to, with what the page adds. */
export function rootClass(added?: string): string {
  return added === undefined ? "slipway" : `slipway ${added}`;
}

/** The same for a part that fills the height that it is given. */
export const fillingRootClass = (added?: string): string =>
  rootClass(added === undefined ? "slipway-filling" : `slipway-filling ${added}`);
