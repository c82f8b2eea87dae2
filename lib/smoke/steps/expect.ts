import { SmokeFailure } from "./step.ts";

/** Throws what came where it is not what was expected. */
export const expectThat = (isSo: boolean, came: string): void => {
  if (!isSo) throw new SmokeFailure(came);
};
