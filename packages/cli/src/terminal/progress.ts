import { styleText } from "node:util";
import {
  type ConnectionState,
  type Deployment,
  type DeploymentSnapshot,
  type LogLine,
  type Stage,
  stageFacts,
  stagePath,
} from "@slipway/monitor/client";
import { inlineText, plainText } from "@slipway/text/inert";
import { colouredText } from "./text.ts";
import { fitted } from "./width.ts";

const widestBar = 24;
/** A terminal of unknown width has as many columns as most have at least. */
const usualColumns = 80;

/** Where a watched deployment is written to. */
export interface Screen {
  write(text: string): void;
  /** A terminal: the last line is a bar that moves. Otherwise each stage is a line of its own. */
  readonly interactive: boolean;
  /** Whether there may be colours; as `interactive`, unless said. */
  readonly color?: boolean;
  /** How wide the terminal is now. */
  readonly columns?: () => number | undefined;
}

type Color = (format: Parameters<typeof styleText>[0], text: string) => string;

/** Shows a deployment as it happens: its log, and below it where it stands. */
export function createProgressView(screen: Screen) {
  let stage: Stage | null = null;
  let shown = 0;
  let bar = "";
  let lost = false;
  let wasConnected = false;
  let isGoneSaid = false;

  const above = (text: string) => screen.write(bar === "" ? text : `\r\u001b[K${text}${bar}`);
  const isColoured = screen.color ?? screen.interactive;
  const color = isColoured ? styled : unstyled;
  const draw = (next: string) => {
    if (next === bar) return;
    bar = next;
    screen.write(`\r\u001b[K${bar}`);
  };

  const showLines = (lines: readonly LogLine[]) => {
    if (lines.length > 0) above(lines.map((line) => `  ${paint(line, isColoured)}`).join(""));
  };
  const showStage = (deployment: Deployment, isComplete: boolean) => {
    // The end comes after all lines, also where somebody watches what ended before.
    const isEarly = stageFacts[deployment.stage].kind === "terminal" && !isComplete;
    if (deployment.stage === stage || isEarly) return;
    stage = deployment.stage;
    const mark = stage === "success" ? "✔" : stage === "failed" ? "✖" : "●";
    const percent = `${String(deployment.progress).padStart(3)} %`;
    // Why it failed is told once, by whoever says how it ended.
    const said =
      stage === "failed" && deployment.failed_stage !== null ? `in ${deployment.failed_stage}` : deployment.message;
    above(`${color(stage === "failed" ? "red" : "cyan", mark)} ${percent}  ${stage.padEnd(17)} ${inlineText(said)}\n`);
  };
  const showConnection = ({ connection, error }: DeploymentSnapshot) => {
    const isFailing = error?.scope === "connection";
    // A first connection that takes a second attempt was not lost.
    const isLost = connection === "reconnecting" && (wasConnected || isFailing);
    if (isLost !== lost && connection !== "connecting") {
      lost = isLost;
      const why = error?.scope === "connection" ? ` (${inlineText(error.message)})` : "";
      above(color("yellow", lost ? `○ Connection lost, reconnecting${why}\n` : "● Reconnected\n"));
    }
  };

  return {
    /** Takes each snapshot of one deployment, in order, and writes what it adds. */
    show: (snapshot: DeploymentSnapshot) => {
      const { deployment, lines, logExpired, connection } = snapshot;
      showLines(lines.slice(shown));
      shown = lines.length;
      if (logExpired && !isGoneSaid) above(color("dim", "The log was deleted after 90 days.\n"));
      isGoneSaid = logExpired;
      wasConnected ||= connection === "connected" || connection === "polling";
      if (stage !== null) showConnection(snapshot);
      if (deployment === null) return;
      showStage(deployment, connection === "finished");
      if (!screen.interactive) return;
      const columns = screen.columns?.() ?? usualColumns;
      draw(connection === "finished" ? "" : drawBar(deployment, connection, columns, color));
    },
    /** Takes the bar away, so that something else can be written. */
    leave: () => draw(""),
  };
}

const styled: Color = (format, text) => styleText(format, text, { validateStream: false });
const unstyled: Color = (_format, text) => text;

/** A line of a log as it is shown: coloured by its stream, and by the build itself. */
export function paint({ line, stream }: LogLine, isColoured: boolean): string {
  if (!isColoured) return plainText(line);
  const text = colouredText(line);
  if (stream === "stderr") return styled("yellow", text);
  return stream === "system" ? styled("dim", text) : text;
}

/** The line at the bottom. One that is wider than the terminal would wrap, and could not be drawn over. */
function drawBar(deployment: Deployment, connection: ConnectionState, columns: number, color: Color): string {
  const steps = stagePath.filter((stage) => !stageFacts[stage].isOptional || stage === deployment.stage);
  const at = Math.max(0, steps.indexOf(deployment.stage)) + 1;
  const where =
    deployment.stage === "awaiting_approval" ? "waiting for approval" : `${deployment.stage} (${at}/${steps.length})`;
  const words = ` ${deployment.progress} %  ${where}${connectionWords[connection]}`;
  const width = Math.max(0, Math.min(widestBar, columns - words.length - 1));
  const full = Math.round((deployment.progress / 100) * width);
  const bar = `${color("cyan", "█".repeat(full))}${color("dim", "░".repeat(width - full))}`;
  return `${bar}${fitted(words, columns - width - 1)}`;
}

const connectionWords: Readonly<Record<ConnectionState, string>> = {
  connecting: "",
  connected: "",
  polling: "  no WebSocket, polling every 3 s",
  reconnecting: "  connection lost, reconnecting",
  refused: "",
  finished: "",
};
