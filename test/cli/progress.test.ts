import { describe, expect, test } from "@jest/globals";
import type { DeploymentSnapshot } from "@slipway/monitor/client";
import { createProgressView } from "slipway/terminal/progress";
import { widthOf } from "slipway/terminal/width";
import { deploymentOf } from "./deps.ts";

const line = (text: string, cursor: number) => ({
  line: `${text}\n`,
  timestamp: "2026-01-01T00:00:00Z",
  stream: "stdout" as const,
  cursor,
});

function snapshot(change: Partial<DeploymentSnapshot>): DeploymentSnapshot {
  const deployment = deploymentOf({
    stage: "building",
    status: "building",
    progress: 55,
    message: "Building Docker image",
  });
  return { deployment, lines: [], logExpired: false, connection: "connected", error: null, ...change };
}

function view(screen: { interactive: boolean; columns?: () => number }) {
  const written: string[] = [];
  const shown = createProgressView({ ...screen, color: false, write: (text) => void written.push(text) });
  return { ...shown, take: () => written.splice(0).join("") };
}

/** What stands on a terminal's screen after all that was written: of each line what was written last. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the view erases lines with it.
const screenOf = (written: string): string[] => written.split("\n").map((row) => row.split(/\r\u001b\[K/).at(-1) ?? "");

describe("a deployment on a terminal", () => {
  test("has its log above, and one bar at the bottom that fits, however narrow it is", () => {
    for (const columns of [80, 40, 12]) {
      const { show, take } = view({ interactive: true, columns: () => columns });
      show(snapshot({ lines: [line("one", 1)] }));
      show(snapshot({ lines: [line("one", 1), line("two", 2)] }));
      const rows = screenOf(take());
      expect(rows.slice(0, -1)).toEqual(["  one", expect.stringContaining("Building Docker image"), "  two"]);
      expect(rows.at(-1)).toContain(columns === 12 ? "55" : "55 %  building (3/5)");
      expect(widthOf(rows.at(-1) ?? "")).toBeLessThan(columns);
    }
  });

  test("leaves no bar behind, at its end or when somebody leaves", () => {
    const { show, leave, take } = view({ interactive: true });
    show(snapshot({}));
    leave();
    expect(screenOf(take()).at(-1)).toBe("");
    show(snapshot({ connection: "finished", deployment: deploymentOf({ stage: "success", progress: 100 }) }));
    expect(screenOf(take()).at(-1)).toBe("");
  });
});

test("a first connection that takes a second attempt is not reported as lost", () => {
  const { show, take } = view({ interactive: false });
  show(snapshot({ connection: "connecting" }));
  take();
  show(snapshot({ connection: "reconnecting" }));
  show(snapshot({}));
  expect(take()).toBe("");
});

test("the end stands below the log, also of a deployment that ended before", () => {
  const { show, take } = view({ interactive: false });
  const deployment = deploymentOf({ stage: "success", progress: 100, message: "Deployment succeeded" });
  show(snapshot({ deployment }));
  show(snapshot({ deployment, lines: [line("one", 1)] }));
  show(snapshot({ deployment, lines: [line("one", 1), line("two", 2)], connection: "finished" }));
  expect(take()).toBe("  one\n  two\n✔ 100 %  success           Deployment succeeded\n");
});

test("a lost connection is reported once, with its reason, and so is the reconnect", () => {
  const { show, take } = view({ interactive: false });
  show(snapshot({}));
  take();
  const error = { scope: "connection", code: null, message: "Nobody\u001b[2J answers." } as const;
  show(snapshot({ connection: "reconnecting" }));
  show(snapshot({ connection: "reconnecting", error }));
  show(snapshot({ connection: "connecting" }));
  expect(take()).toBe("○ Connection lost, reconnecting\n");
  show(snapshot({}));
  show(snapshot({}));
  expect(take()).toBe("● Reconnected\n");
  show(snapshot({ connection: "reconnecting", error }));
  expect(take()).toBe("○ Connection lost, reconnecting (Nobody answers.)\n");
});
