import { stripVTControlCharacters, styleText } from "node:util";
import type { LogLine, Stage, Status } from "../client/types.ts";

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
  let bar = "";

  const above = (text: string) => {
    screen.write(bar === "" ? text : `\r\u001b[K${text}${bar}`);
  };
  const color = (format: Parameters<typeof styleText>[0], text: string) =>
    screen.interactive ? styleText(format, text, { validateStream: false }) : text;

  return {
    lines: (lines: readonly LogLine[]) => {
      const text = lines.map((line) => `  ${paint(line, color)}`).join("");
      above(text);
    },
    status: (status: Status) => {
      if (status.stage !== stage) {
        stage = status.stage;
        const mark = stage === "success" ? "✔" : stage === "failed" ? "✖" : "●";
        const percent = `${String(status.progress).padStart(3)} %`;
        above(
          `${color(stage === "failed" ? "red" : "cyan", mark)} ${percent}  ${stage.padEnd(17)} ${status.message}\n`,
        );
      }
      if (!screen.interactive) return;
      bar = status.log_complete ? "" : drawBar(status, color);
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

function drawBar(status: Status, color: Color): string {
  const full = Math.round((status.progress / 100) * barWidth);
  const at = Math.max(0, shownStages.indexOf(status.stage)) + 1;
  return `${color("cyan", "█".repeat(full))}${color("dim", "░".repeat(barWidth - full))} ${status.progress} %  ${status.stage} (${at}/${shownStages.length})`;
}
