import * as z from "zod";
import {
  auditEntrySchema,
  meSchema,
  newTokenSchema,
  revokedTokenSchema,
  sessionSchema,
  signInMethodsSchema,
  ticketSchema,
  tokenSchema,
} from "../../../contract/answers/access.ts";
import { enveloped, paged } from "../../../contract/answers/common.ts";
import {
  createTicketSchema,
  createTokenSchema,
  exchangeSchema,
  gitHubCallbackSchema,
  listAuditSchema,
  loginSchema,
  signInWithGitHubSchema,
} from "../../../contract/requests.ts";
import { exampleEntry, exampleMe, exampleNewToken, exampleTicket, exampleToken } from "../examples.ts";
import type { ApiOperation, SomeOperations } from "../operation.ts";

const me: ApiOperation["answers"][number] = {
  description: "Who it is.",
  schema: enveloped(meSchema),
  example: { success: true, data: exampleMe },
};

const session: ApiOperation["answers"][number] = {
  description: "Who it is.",
  schema: enveloped(sessionSchema),
  headers: ["Set-Cookie"],
  example: { success: true, data: { ...exampleMe, session: null } },
};

export const accessOperations = {
  "POST /api/auth/login": {
    id: "login",
    tag: "Access",
    summary: "Sign in with a token",
    description:
      "It becomes a session of twelve hours: in a cookie that no script can read, or in a local mode as `session`, to be sent as a bearer token.",
    body: loginSchema,
    example: { body: { token: "the-token-of-the-operator" } },
    answers: { 200: session },
    errors: ["unauthorized"],
  },
  "POST /api/auth/exchange": {
    id: "exchangeCode",
    tag: "Access",
    summary: "Sign in with a one-time code",
    description: "The code of a sign-in link: it works once, for ten minutes, and becomes a session of twelve hours.",
    body: exchangeSchema,
    example: { body: { code: "the-code-of-the-link" } },
    answers: { 200: session },
    errors: ["unauthorized"],
  },
  "POST /api/auth/logout": {
    id: "logout",
    tag: "Access",
    summary: "Sign out",
    description: "Ends the session that comes along, by cookie or as a bearer token. An API token stays valid.",
    answers: {
      200: {
        description: "The session has ended, if there was one.",
        schema: enveloped(z.null()),
        headers: ["Set-Cookie"],
        example: { success: true, data: null },
      },
    },
  },
  "GET /api/auth/methods": {
    id: "signInMethods",
    tag: "Access",
    summary: "Show how people may sign in",
    answers: {
      200: {
        description: "With GitHub only where there is a GitHub App.",
        schema: enveloped(signInMethodsSchema),
        example: { success: true, data: { token: true, github: true, mode: "required" } },
      },
    },
  },
  "GET /api/auth/github": {
    id: "beginGitHubSignIn",
    tag: "Access",
    summary: "Sign in with GitHub",
    description: "For a browser: leads to GitHub, which leads back to the callback.",
    query: signInWithGitHubSchema,
    answers: { 302: { description: "To GitHub, with a cookie that lasts ten minutes.", headers: ["Set-Cookie"] } },
    errors: ["github_not_connected"],
  },
  "GET /api/auth/github/callback": {
    id: "endGitHubSignIn",
    tag: "Access",
    summary: "Come back from GitHub",
    description:
      "For a browser: makes a session of the token that the GitHub account belongs to. Whoever has none is led to the sign-in page again, which says why.",
    query: gitHubCallbackSchema,
    answers: { 302: { description: "To the dashboard.", headers: ["Set-Cookie"] } },
  },
  "GET /api/auth/me": { id: "me", tag: "Access", summary: "Show who is asking", answers: { 200: me } },
  "GET /api/tokens": {
    id: "listTokens",
    tag: "Access",
    summary: "List tokens",
    answers: {
      200: {
        description: "All tokens, those that have expired too.",
        schema: enveloped(z.array(tokenSchema)),
        example: { success: true, data: [exampleToken] },
      },
    },
  },
  "POST /api/tokens": {
    id: "createToken",
    tag: "Access",
    summary: "Make a token",
    body: createTokenSchema,
    example: { body: { name: "ci", role: "deployer", apps: [1] } },
    answers: {
      201: {
        description: "The token itself, this once.",
        schema: enveloped(newTokenSchema),
        example: { success: true, data: exampleNewToken },
      },
    },
    errors: ["github_account_taken", "github_unreachable"],
  },
  "DELETE /api/tokens/:id": {
    id: "revokeToken",
    tag: "Access",
    summary: "Revoke a token",
    description: "Sessions that were made with it end.",
    answers: {
      200: {
        description: "Which it was.",
        schema: enveloped(revokedTokenSchema),
        example: { success: true, data: { id: 2 } },
      },
    },
  },
  "POST /api/tickets": {
    id: "createTicket",
    tag: "Access",
    summary: "Make a ticket for a socket",
    description: "It works once, within 60 s.",
    body: createTicketSchema,
    needsBody: false,
    example: { body: { deploymentId: 1 } },
    answers: {
      201: {
        description: "The ticket.",
        schema: enveloped(ticketSchema),
        example: { success: true, data: exampleTicket },
      },
    },
    errors: ["deployment_not_found"],
  },
  "GET /api/audit": {
    id: "listAudit",
    tag: "Access",
    summary: "List who did what",
    description: "Newest first, kept for 400 days.",
    query: listAuditSchema,
    example: { query: { limit: "10" } },
    answers: {
      200: {
        description: "A page of the audit log.",
        schema: paged(auditEntrySchema),
        example: { success: true, next_cursor: null, data: [exampleEntry] },
      },
    },
    errors: ["app_not_found"],
  },
} as const satisfies SomeOperations;
