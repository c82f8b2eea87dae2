import { parentPort, workerData } from "node:worker_threads";

// Says which attack it begins, so that whoever waits knows which one does not end.
const spoiled = (text) => [`${text}\u0001x`, `${text}/`, `${text}\n`];
const { expressions, length, from } = workerData;
for (let at = from; at < expressions.length; at++) {
  const { source, flags, begins, units } = expressions[at];
  const expression = new RegExp(source, flags);
  for (const unit of units) {
    const pumped = unit.repeat(Math.ceil(length / unit.length));
    // Each unit over and over, before what may spoil the match, and after what the expression begins with.
    for (const text of begins === "" ? spoiled(pumped) : [...spoiled(pumped), ...spoiled(begins + pumped)]) {
      parentPort.postMessage({ at, unit });
      expression.lastIndex = 0;
      // As `replace` and `matchAll` would: from one match to the next.
      if (expression.global) for (const _ of text.matchAll(expression));
      else expression.test(text);
    }
  }
}
parentPort.postMessage({ at: expressions.length, unit: "" });
