/**
 * Who may open a socket at which address: every role, of one deployment only who may see it. One that the template opens
 * without a rule here fails test/infra/edge.test.ts; over-the-wire.test.ts asks each by every role.
 */
export const socketRules = {
  "/api/deployments/logs": "of a deployment",
  "/api/events": "of all that the caller may see",
} as const;
