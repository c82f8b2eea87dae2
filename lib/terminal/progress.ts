import { stripVTControlCharacters, styleText } from "node:util";
import type { Deployment, DeploymentSnapshot, LogLine, Stage } from "../client/index.ts";

const shownStages: readonly Stage[] = ["pending", "cloning", "building", "deploying", "success"];
const barWidth = 24;

/** Where a watched deployment is written to. */
export interface Screen {
  write(text: string): void;
  /** A terminal: the last line is a bar that moves. Otherwise each stage is a line of its own, without colour. */
  readonly interactive: boolean;
}

/** Shows a deployment as it happens: its log, and below it where it stands. */
export function createProgressView(screen: Screen) {
  let stage: Stage | null = null;
  let shown = 0;
  let bar = "";

  const above = (text: string) => {
    screen.write(bar === "" ? text : `\r\u001b[K${text}${bar}`);
  };
  const color = (format: Parameters<typeof styleText>[0], text: string) =>
    screen.interactive ? styleText(format, text, { validateStream: false }) : text;

  const showLines = (lines: readonly LogLine[]) => {
    if (lines.length > 0) above(lines.map((line) => `  ${paint(line, color)}`).join(""));
  };
  const showStage = (deployment: Deployment) => {
    if (deployment.stage === stage) return;
    stage = deployment.stage;
    const mark = stage === "success" ? "✔" : stage === "failed" ? "✖" : "●";
    const percent = `${String(deployment.progress).padStart(3)} %`;
    above(
      `${color(stage === "failed" ? "red" : "cyan", mark)} ${percent}  ${stage.padEnd(17)} ${deployment.message}\n`,
    );
  };

  return {
    /** Takes each snapshot of one deployment, in order, and writes what it adds. */
    show: ({ deployment, lines, connection }: DeploymentSnapshot) => {
      showLines(lines.slice(shown));
      shown = lines.length;
      if (deployment === null) return;
      showStage(deployment);
      if (!screen.interactive) return;
      bar = connection === "finished" ? "" : drawBar(deployment, color);
      screen.write(`\r\u001b[K${bar}`);
    },
  };
}

type Color = (format: Parameters<typeof styleText>[0], text: string) => string;

function paint({ line, stream }: LogLine, color: Color): string {
  const text = stripVTControlCharacters(line);
  if (stream === "stderr") return color("yellow", text);
  return stream === "system" ? color("dim", text) : text;
}

function drawBar(deployment: Deployment, color: Color): string {
  const full = Math.round((deployment.progress / 100) * barWidth);
  const at = Math.max(0, shownStages.indexOf(deployment.stage)) + 1;
  return `${color("cyan", "█".repeat(full))}${color("dim", "░".repeat(barWidth - full))} ${deployment.progress} %  ${deployment.stage} (${at}/${shownStages.length})`;
}
