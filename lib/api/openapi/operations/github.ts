import { enveloped } from "../../../contract/answers/common.ts";
import {
  gitHubAppSchema,
  gitHubConnectionSchema,
  gitHubSetupSchema,
  type ShownGitHubApp,
} from "../../../contract/answers/github.ts";
import { connectGitHubSchema, startGitHubSchema } from "../../../contract/requests.ts";
import type { SomeOperations } from "../operation.ts";

const exampleGitHubApp: ShownGitHubApp = {
  app_id: 12345,
  slug: "slipway-0a1b2c",
  name: "Slipway 0a1b2c",
  owner: "acme",
  html_url: "https://github.com/apps/slipway-0a1b2c",
  install_url: "https://github.com/apps/slipway-0a1b2c/installations/new",
  connected_at: "2025-11-14T10:30:00.000Z",
};

export const gitHubOperations = {
  "GET /api/github/app": {
    id: "showGitHub",
    tag: "System",
    summary: "Show the GitHub App",
    answers: {
      200: {
        description: "The connected GitHub App, if there is one.",
        schema: enveloped(gitHubConnectionSchema),
        example: {
          success: true,
          data: { app: exampleGitHubApp, github_url: "https://github.com", receives_pushes: true },
        },
      },
    },
  },
  "POST /api/github/app/manifest": {
    id: "startGitHub",
    tag: "System",
    summary: "Start the setup of a GitHub App",
    body: startGitHubSchema,
    needsBody: false,
    example: { body: { organization: "acme" } },
    answers: {
      201: {
        description: "What the browser posts to GitHub, and the URL. GitHub redirects back with a code and the state.",
        schema: enveloped(gitHubSetupSchema),
        example: {
          success: true,
          data: {
            action: "https://github.com/organizations/acme/settings/apps/new?state=0123",
            manifest: { name: "Slipway 0a1b2c", public: false },
          },
        },
      },
    },
    errors: ["github_app_exists"],
  },
  "POST /api/github/app": {
    id: "connectGitHub",
    tag: "System",
    summary: "Finish the setup of a GitHub App",
    body: connectGitHubSchema,
    example: { body: { code: "a-code-of-github", state: "0123456789abcdef".repeat(4) } },
    answers: {
      201: {
        description: "The GitHub App is connected. Install it on repositories next.",
        schema: enveloped(gitHubAppSchema),
        example: { success: true, data: exampleGitHubApp },
      },
    },
    errors: ["github_setup_over", "github_app_exists", "github_unreachable"],
  },
  "DELETE /api/github/app": {
    id: "forgetGitHub",
    tag: "System",
    summary: "Disconnect the GitHub App",
    description: "Deletes its credentials. The app itself remains on GitHub until its owner deletes it there.",
    answers: {
      200: {
        description: "The disconnected GitHub App.",
        schema: enveloped(gitHubAppSchema.nullable()),
        example: { success: true, data: exampleGitHubApp },
      },
    },
  },
} as const satisfies SomeOperations;
