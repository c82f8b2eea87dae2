// Pages are rendered on servers too, where there is no window, no socket and no session.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createClient } from "@slipway/monitor/client";
import {
  ConnectionBadge,
  DeploymentMonitor,
  ErrorBanner,
  LogViewer,
  Progress,
  SlipwayProvider,
  StageBadge,
  StageTrack,
} from "@slipway/monitor/react";
import { type ReactElement, StrictMode } from "react";
import { renderToStaticMarkup, renderToString } from "react-dom/server";
import { someDeployment, someLine } from "../client/simulated-client.ts";

const deployment = someDeployment({ id: 12, stage: "building", progress: 40 });
const lines = Array.from({ length: 1000 }, (_, index) => someLine(index + 1));

const parts: Readonly<Record<string, { element: ReactElement; text: string }>> = {
  DeploymentMonitor: { element: <DeploymentMonitor deploymentId={12} />, text: "Deployment #12" },
  StageTrack: { element: <StageTrack deployment={deployment} />, text: "Build" },
  Progress: { element: <Progress deployment={deployment} />, text: "40" },
  LogViewer: { element: <LogViewer lines={lines} complete={false} />, text: "line 1" },
  ConnectionBadge: { element: <ConnectionBadge connection="reconnecting" />, text: "Reconnecting" },
  StageBadge: { element: <StageBadge stage="building" />, text: "Building" },
  ErrorBanner: {
    element: (
      <ErrorBanner
        error={{ scope: "deployment", code: "build_failed", message: "npm ci ended with 1." }}
        deployment={deployment}
      />
    ),
    text: "npm ci ended with 1.",
  },
};

const { error, warn } = console;
const said: string[] = [];
beforeAll(() => {
  console.error = console.warn = (...words: unknown[]) => void said.push(words.join(" "));
});
afterAll(() => void Object.assign(console, { error, warn }));

test.each(Object.entries(parts))("%s is rendered on a server", (_name, { element, text }) => {
  expect(typeof document).toBe("undefined");
  expect(renderToStaticMarkup(element)).toContain(text);
  expect(renderToString(<StrictMode>{element}</StrictMode>).replaceAll("<!-- -->", "")).toContain(text);
  expect(said).toEqual([]);
});

test("a server connects to nothing", () => {
  const refuse = () => {
    throw new Error("A server asked for something.");
  };
  const client = createClient({ baseUrl: "https://slipway.example.com", fetch: refuse, later: refuse, onWake: refuse });
  const html = renderToString(
    <SlipwayProvider client={client}>
      <DeploymentMonitor deploymentId={12} />
    </SlipwayProvider>,
  );
  expect(html).toContain("Loading deployment…");
});

test("of a long log a server renders what a screen shows", () => {
  const html = renderToString(<LogViewer lines={lines} complete={true} />);
  expect(html.match(/data-index=/g)?.length).toBeLessThan(60);
});
