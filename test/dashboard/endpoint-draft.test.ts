import { describe, expect, test } from "@jest/globals";
import { type Endpoint, RequestError } from "@slipway/monitor/client";
import {
  draftOfEndpoint,
  problemsOfRefusal,
  validateEndpoint,
} from "../../lib/dashboard/apps/notifications/endpoint-draft.ts";

const stored: Endpoint = {
  id: "a",
  type: "webhook",
  events: ["failed"],
  host: "hooks.example.com",
  to: null,
  failing_since: null,
  last_error: null,
  last_sent_at: null,
};

describe("an endpoint while it is typed", () => {
  test("that is new needs what its type cannot be without", () => {
    const draft = draftOfEndpoint(null);
    const missing = (type: Endpoint["type"]) => {
      const validated = validateEndpoint({ ...draft, type });
      return "problems" in validated ? Object.keys(validated.problems).toSorted() : [];
    };
    expect(missing("slack")).toEqual(["url"]);
    expect(missing("discord")).toEqual(["url"]);
    expect(missing("webhook")).toEqual(["secret", "url"]);
    expect(missing("email")).toEqual(["to"]);
  });

  test("sends of a stored one only what was typed, so that the rest stays", () => {
    const draft = draftOfEndpoint(stored);
    expect(validateEndpoint(draft)).toEqual({ input: { id: "a", type: "webhook", events: ["failed"] } });
    const url = "https://new.example.com/";
    expect(validateEndpoint({ ...draft, url: ` ${url} ` })).toMatchObject({ input: { id: "a", url } });
  });

  test("sends nothing of another type that was chosen before", () => {
    const typed = { ...draftOfEndpoint(null), url: "https://x.example.com/", secret: "0123456789abcdef" };
    const sent = validateEndpoint({ ...typed, type: "email", to: "ada@example.com" });
    expect(sent).toEqual({
      input: {
        type: "email",
        to: "ada@example.com",
        events: ["success", "failed", "awaiting_approval", "run_failed"],
      },
    });
  });

  test("shows what the server said of it, wherever it stands among the others", () => {
    const details = [{ field: "notifications.3.url", message: "must be a public address" }];
    const refused = new RequestError(400, "invalid_request", "The request has invalid fields.", details);
    expect(problemsOfRefusal(refused)).toEqual({ url: "must be a public address" });
    expect(problemsOfRefusal(new Error("Nobody answers."))).toEqual({ "": "Nobody answers." });
  });
});
