/** A moving average that follows the last handful of values. */
export interface Estimate {
  add(value: number): void;
  readonly value: number;
}

const WEIGHT_OF_THE_NEWEST = 0.3;

export function openEstimate(initial: number): Estimate {
  let value = initial;
  let isEmpty = true;
  return {
    add: (measured) => {
      value = isEmpty ? measured : value + WEIGHT_OF_THE_NEWEST * (measured - value);
      isEmpty = false;
    },
    get value() {
      return value;
    },
  };
}
