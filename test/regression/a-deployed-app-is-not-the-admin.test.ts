// any loopback trust: a deployed app on the same host name became the admin of the control plane; the original: sockets were open to any origin
import { expect, test } from "@jest/globals";
import { type Authorizer, authenticate } from "../../lib/api/authenticate.ts";

const authorizer: Authorizer = {
  tokens: { get: async () => null, used: async () => {} },
  mode: "loopback",
  allowedOrigins: [],
  publicUrl: "http://localhost:8080",
  hash: (text) => text,
  nowSeconds: () => 0,
};
const authenticated = (headers: Record<string, string>, address = "127.0.0.1") =>
  authenticate(authorizer, { headers: { "x-slipway-host": "localhost:8080", ...headers }, query: {}, address });

test("a page of a deployed app, of another port or of anywhere else is foreign", async () => {
  for (const origin of ["http://shop.localhost:8080", "http://localhost:3000", "https://evil.example"]) {
    expect(await authenticated({ origin })).toEqual({ outcome: "foreign_origin" });
  }
});

test("only the control plane's own name and port, asked from this machine, is trusted", async () => {
  expect((await authenticated({})).outcome).toBe("authenticated");
  expect((await authenticated({ origin: "http://localhost:8080" })).outcome).toBe("authenticated");
  expect((await authenticated({ "x-slipway-host": "shop.localhost:8080" })).outcome).toBe("unauthorized");
  expect((await authenticated({}, "10.0.0.7")).outcome).toBe("unauthorized");
});
