import * as z from "zod";
import {
  auditEntrySchema,
  inviteSchema,
  meSchema,
  newTokenSchema,
  revokedTokenSchema,
  sessionSchema,
  signInMethodsSchema,
  ticketSchema,
  tokenSchema,
  welcomeSchema,
} from "../../../contract/answers/access.ts";
import { enveloped, paged } from "../../../contract/answers/common.ts";
import {
  createTicketSchema,
  createTokenSchema,
  exchangeSchema,
  gitHubCallbackSchema,
  listAllSchema,
  listAuditSchema,
  loginSchema,
  signInWithGitHubSchema,
} from "../../../contract/requests.ts";
import { exampleEntry, exampleMe, exampleNewToken, exampleTicket, exampleToken } from "../examples.ts";
import type { ApiOperation, SomeOperations } from "../operation.ts";

const me: ApiOperation["answers"][number] = {
  description: "The caller.",
  schema: enveloped(meSchema),
  example: { success: true, data: exampleMe },
};

const session: ApiOperation["answers"][number] = {
  description: "The caller.",
  schema: enveloped(sessionSchema),
  headers: ["Set-Cookie"],
  example: { success: true, data: { ...exampleMe, session: null } },
};

const exampleInvite = {
  ...exampleToken,
  invited_until: "2025-11-15T10:30:45.000Z",
  url: "https://slipway.example.com/invite#code=0123456789abcdef",
  url_expires_at: "2025-11-15T10:30:45.000Z",
};

export const accessOperations = {
  "POST /api/auth/login": {
    id: "login",
    tag: "Access",
    summary: "Sign in with a token",
    description:
      "Starts a session of twelve hours. The session is an HttpOnly cookie; in local mode it is returned as `session` instead, to be sent as a bearer token.",
    body: loginSchema,
    example: { body: { token: "the-token-of-the-operator" } },
    answers: { 200: session },
    errors: ["unauthorized"],
  },
  "POST /api/auth/exchange": {
    id: "exchangeCode",
    tag: "Access",
    summary: "Sign in with a one-time code",
    description:
      "Exchanges the code of a sign-in link for a session of twelve hours. A code works once, within ten minutes.",
    body: exchangeSchema,
    example: { body: { code: "the-code-of-the-link" } },
    answers: { 200: session },
    errors: ["unauthorized"],
  },
  "POST /api/auth/invite": {
    id: "acceptInvite",
    tag: "Access",
    summary: "Accept an invitation",
    description:
      "Exchanges the code of an invitation for a session and its API token. A code works once, within 24 hours. If the invitation is for a GitHub account, no token is returned.",
    body: exchangeSchema,
    example: { body: { code: "the-code-of-the-link" } },
    answers: {
      200: {
        description: "The caller, with the token.",
        schema: enveloped(welcomeSchema),
        headers: ["Set-Cookie"],
        example: {
          success: true,
          data: { ...exampleMe, session: null, token: "the-token-of-the-person", github: null },
        },
      },
    },
    errors: ["unauthorized"],
  },
  "POST /api/invites": {
    id: "createInvite",
    tag: "Access",
    summary: "Invite a person",
    description:
      "Creates a token whose value nobody knows, and a link that gives it to whoever opens it first, within 24 hours. Send the link yourself. Revoking the token makes the link worthless.",
    body: createTokenSchema,
    example: { body: { name: "grace", role: "deployer" } },
    answers: {
      201: {
        description: "The token, with the link.",
        schema: enveloped(inviteSchema),
        example: { success: true, data: exampleInvite },
      },
    },
    errors: ["github_account_taken", "github_unreachable"],
  },
  "POST /api/auth/logout": {
    id: "logout",
    tag: "Access",
    summary: "Sign out",
    description: "Ends the session of the request, sent as a cookie or a bearer token. API tokens stay valid.",
    answers: {
      200: {
        description: "The session is ended, if there was one.",
        schema: enveloped(z.null()),
        headers: ["Set-Cookie"],
        example: { success: true, data: null },
      },
    },
  },
  "GET /api/auth/methods": {
    id: "signInMethods",
    tag: "Access",
    summary: "Show the sign-in methods",
    answers: {
      200: {
        description: "The available methods. GitHub requires a connected GitHub App.",
        schema: enveloped(signInMethodsSchema),
        example: { success: true, data: { token: true, github: true, mode: "required" } },
      },
    },
  },
  "GET /api/auth/github": {
    id: "beginGitHubSignIn",
    tag: "Access",
    summary: "Sign in with GitHub",
    description: "For browsers. Redirects to GitHub, which redirects back to the callback.",
    query: signInWithGitHubSchema,
    answers: {
      302: { description: "Redirect to GitHub. Sets a cookie that is valid for ten minutes.", headers: ["Set-Cookie"] },
    },
    errors: ["github_not_connected"],
  },
  "GET /api/auth/github/callback": {
    id: "endGitHubSignIn",
    tag: "Access",
    summary: "Finish signing in with GitHub",
    description:
      "For browsers. Starts a session for the token that belongs to the GitHub account. If there is none, redirects to the sign-in page, which shows the reason.",
    query: gitHubCallbackSchema,
    answers: { 302: { description: "Redirect to the dashboard.", headers: ["Set-Cookie"] } },
  },
  "GET /api/auth/me": { id: "me", tag: "Access", summary: "Show the caller", answers: { 200: me } },
  "GET /api/tokens": {
    id: "listTokens",
    tag: "Access",
    summary: "List tokens",
    description: "By ID.",
    query: listAllSchema,
    answers: {
      200: {
        description: "All tokens, including expired ones.",
        schema: paged(tokenSchema),
        example: { success: true, next_cursor: null, data: [exampleToken] },
      },
    },
  },
  "POST /api/tokens": {
    id: "createToken",
    tag: "Access",
    summary: "Create a token",
    body: createTokenSchema,
    example: { body: { name: "ci", role: "deployer", apps: [1] } },
    answers: {
      201: {
        description: "The token. Its value is returned only once.",
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
    description: "Also ends the sessions that were created with it.",
    answers: {
      200: {
        description: "The ID of the revoked token.",
        schema: enveloped(revokedTokenSchema),
        example: { success: true, data: { id: 2 } },
      },
    },
  },
  "POST /api/tickets": {
    id: "createTicket",
    tag: "Access",
    summary: "Create a WebSocket ticket",
    description: "A ticket opens one WebSocket and is valid for 60 seconds.",
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
    summary: "List audit log entries",
    description: "Newest first. Entries are kept for 400 days.",
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
