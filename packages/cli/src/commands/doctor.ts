import { inlineText } from "@slipway/text/inert";
import type { Command } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import type { Finding } from "../doctor/finding.ts";
import { exit } from "../system/failure.ts";
import { wrapped } from "../terminal/width.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "Diagnose problems with the server, token, live updates and deployments",
  description: `Use it when logs don't stream, the status doesn't update, or a deployment is stuck in pending. It changes nothing.
The exit status is 0 if there are no problems, 3 otherwise.`,
  examples: ["doctor", "doctor --json"],
  run: async (context) => {
    // What is checked is more than all other commands together need.
    const { examine } = await import("../doctor/examine.ts");
    const findings = await examine(context);
    if (context.json) context.printJson(findings);
    else context.print(findings.map((finding) => shown(context, finding)).join(""));
    return findings.some(({ outcome }) => outcome === "wrong") ? exit.unavailable : exit.done;
  },
};

const marks = { well: "✓", wrong: "✗", skipped: "–" } as const;
const styles = { well: "green", wrong: "red", skipped: "dim" } as const;

const indent = 2;

function shown({ color, format }: Context, { check, outcome, says, advice }: Finding): string {
  const { columns = Number.POSITIVE_INFINITY } = format;
  const text = wrapped(`${check}: ${inlineText(says)}`, columns - indent, indent);
  const head = `${color(styles[outcome], marks[outcome])} ${text}\n`;
  if (advice === null) return head;
  const help = wrapped(`→ ${advice}`, columns - 2 * indent, 2 * indent);
  return `${head}${" ".repeat(indent)}${outcome === "wrong" ? help : color("dim", help)}\n`;
}
