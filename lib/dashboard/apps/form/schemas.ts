// First, since a schema asks for the configuration when it is made.
import "./configure-zod.ts";

/** What the API accepts, so that a form says beforehand what the server would. */
export {
  type CreateApp,
  createAppSchema,
  createDeploymentSchema,
  createTokenSchema,
  isTaskSize,
  patchAppSchema,
  retentionDays,
  showDockerfileSchema,
} from "../../../contract/requests.ts";
