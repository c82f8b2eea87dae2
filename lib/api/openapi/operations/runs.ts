import { enveloped, paged } from "../../../contract/answers/common.ts";
import { runLogPageSchema, runSchema } from "../../../contract/answers/runs.ts";
import { createRunSchema, listRunsSchema, readRunLogSchema } from "../../../contract/requests.ts";
import { exampleAppLine, exampleRun } from "../examples.ts";
import type { SomeOperations, Success } from "../operation.ts";

const run = (description: string): Success => ({
  description,
  schema: enveloped(runSchema),
  example: { success: true, data: exampleRun },
});

export const runOperations = {
  "GET /api/apps/:id/runs": {
    id: "listRuns",
    tag: "Runs",
    summary: "List the runs of an app",
    description: "Newest first. They are kept for 90 days, those of crons for 30.",
    query: listRunsSchema,
    answers: {
      200: {
        description: "A page of runs.",
        schema: paged(runSchema),
        example: { success: true, next_cursor: null, data: [exampleRun] },
      },
    },
  },
  "POST /api/apps/:id/runs": {
    id: "createRun",
    tag: "Runs",
    summary: "Run a command once",
    description:
      "As a task of its own with the image, the variables, the secrets and the size of the live release. It gets no requests.",
    body: createRunSchema,
    example: { body: { command: ["sleep", "60"] } },
    idempotent: true,
    answers: {
      200: run("The run of an earlier request with the same Idempotency-Key."),
      201: run("The new run."),
    },
    errors: ["runs_disabled", "nothing_live"],
  },
  "GET /api/runs/:id": { id: "showRun", tag: "Runs", summary: "Show a run", answers: { 200: run("The run.") } },
  "GET /api/runs/:id/logs": {
    id: "readRunLog",
    tag: "Runs",
    summary: "Read what a run prints",
    description: "As with the log of an app; `complete` says that nothing follows.",
    query: readRunLogSchema,
    example: { query: { limit: "10" } },
    answers: {
      200: {
        description: "The lines after the cursor.",
        schema: runLogPageSchema,
        example: { success: true, next_cursor: exampleAppLine.cursor, complete: false, data: [exampleAppLine] },
      },
    },
    errors: ["invalid_cursor"],
  },
  "POST /api/runs/:id/cancel": {
    id: "cancelRun",
    tag: "Runs",
    summary: "Cancel a run",
    description:
      "Its task gets a stop signal, and is killed 30 seconds later. It is `cancelled` when it has stopped. Asking again is answered the same.",
    answers: { 202: run("The run, with `cancel_requested_at`.") },
    errors: ["already_finished"],
  },
} as const satisfies SomeOperations;
