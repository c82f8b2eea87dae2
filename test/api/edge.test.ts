import { describe, expect, test } from "@jest/globals";
import { edgeHeaders, trustedHeaders } from "../../lib/api/edge.ts";

const secrets = ["a".repeat(48), "b".repeat(48)];
const host = "localhost:8080";

describe("the viewer's host", () => {
  test.each(secrets)("counts from the edge, by its secret and by the one before: %s", (secret) => {
    const headers = { [edgeHeaders.host]: host, [edgeHeaders.secret]: secret, accept: "*/*" };
    expect(trustedHeaders(headers, secrets)).toEqual({ [edgeHeaders.host]: host, accept: "*/*" });
  });

  test.each([undefined, "", "c".repeat(48), secrets.join(",")])("is dropped from anybody else: %s", (shown) => {
    const headers = { [edgeHeaders.host]: host, ...(shown === undefined ? {} : { [edgeHeaders.secret]: shown }) };
    expect(trustedHeaders(headers, secrets)).toEqual({});
  });

  test("counts from nobody where no secret is known", () => {
    expect(trustedHeaders({ [edgeHeaders.host]: host, [edgeHeaders.secret]: "" }, [])).toEqual({});
  });
});
