// Prints more in one step than BuildKit shows of a step by default, which is 2 MiB.
const total = Number(process.env.LINES);
const rest = "-".repeat(60);

let text = "";
for (let number = 1; number <= total; number += 1) {
  text += `smoke line ${number} ${rest}\n`;
  if (number % 500 === 0 || number === total) {
    const isTaken = process.stdout.write(text);
    text = "";
    if (!isTaken) await new Promise((resume) => process.stdout.once("drain", resume));
  }
}
