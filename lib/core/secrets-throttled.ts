/** The store of secrets took some of them and no more in the time that there was. */
export class SecretsThrottled extends Error {
  override readonly name = "SecretsThrottled";

  /** `written`: those that have their new values, which are in force. */
  constructor(count: number, written: readonly string[], cause: unknown) {
    super(
      `AWS Systems Manager did not take ${count} secrets in time: it accepts about three a second for the whole account. ${inForce(written)} Wait ten seconds and send the request again, with fewer secrets at a time if there are more than 20.`,
      { cause },
    );
  }
}

const inForce = (written: readonly string[]): string =>
  written.length === 0
    ? "Nothing was changed."
    : `These have their new values: ${written.join(", ")}. The others keep the values that they had.`;
