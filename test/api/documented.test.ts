// What the client and the viewer of all journeys take, and what they do not.
import { describe, expect, test } from "@jest/globals";
import { exampleDeployment } from "../../lib/api/openapi/examples.ts";
import { expectDocumented, problemWithMessage } from "../support/documented.ts";

const json = new Headers({ "content-type": "application/json; charset=utf-8" });
const health = { success: true, data: { status: "ok", time: "2026-01-01T00:00:00.000Z" } };
const error = { success: false, error: "No.", code: "app_not_found", request_id: "1", details: [] };

const judge = (method: string, path: string, status: number, body: unknown, headers = json) =>
  expect(() => expectDocumented(method, path, { status, headers, body }));

describe("an answer", () => {
  test("is taken as it is described", () => {
    judge("GET", "/api/health", 200, health).not.toThrow();
    judge("GET", "/api/apps/7?x=1", 404, error).not.toThrow();
    judge("GET", "/api/apps/7", 503, { ...error, code: "internal_error" }).not.toThrow();
    judge("PUT", "/api/apps/7", 405, { ...error, code: "method_not_allowed" }).not.toThrow();
    judge("GET", "/api/apps/7/badge.svg", 304, "", new Headers()).not.toThrow();
    judge("GET", "/api/deployments/7/logs", 200, "line\n", new Headers({ "content-type": "text/plain" })).not.toThrow();
  });

  test("is not, with a field too many or too few, or another type", () => {
    judge("GET", "/api/health", 200, { ...health, more: 1 }).toThrow("additionalProperty");
    judge("GET", "/api/health", 200, { success: true, data: { ...health.data, more: 1 } }).toThrow(
      "additionalProperty",
    );
    judge("GET", "/api/health", 200, { success: true, data: { status: "ok" } }).toThrow("time");
    judge("GET", "/api/health", 200, { success: true, data: { ...health.data, time: "now" } }).toThrow("date-time");
  });

  test("is not, with a status, a media type or a code that is not named", () => {
    judge("GET", "/api/health", 201, health).toThrow("the status");
    judge("GET", "/api/health", 200, health, new Headers({ "content-type": "text/html" })).toThrow("the media type");
    judge("GET", "/api/apps/7", 404, { ...error, code: "token_not_found" }).toThrow("the code");
    judge("GET", "/api/nowhere", 200, health).toThrow("no such operation");
  });
});

test("so is a message of a socket, by the channel that it comes through", () => {
  const deployment = { type: "deployment", timestamp: "2026-01-01T00:00:00Z", data: exampleDeployment };
  expect(problemWithMessage("events", deployment)).toBeNull();
  expect(problemWithMessage("deployment", deployment)).toContain("undocumented message");
  expect(problemWithMessage("events", { ...deployment, data: { id: 7 } } as never)).toContain("app_id");
  expect(problemWithMessage("events", { ...deployment, data: { ...exampleDeployment, more: 1 } } as never)).toContain(
    "more",
  );
});
