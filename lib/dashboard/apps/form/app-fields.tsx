import { CheckField, NumberField, Pair, Section, SelectField, TextField } from "./controls.tsx";
import { EnvironmentFields, SecretFields } from "./environment-fields.tsx";
import { GitTokenField } from "./git-token-field.tsx";
import { retentionDays } from "./schemas.ts";
import { SizeFields } from "./size-fields.tsx";
import { StrategyFields } from "./strategy-fields.tsx";
import type { AppForm } from "./use-app-form.ts";

interface FieldsProps {
  readonly form: AppForm;
}

/** Everything that has a default. */
export function AdvancedFields({ form }: FieldsProps) {
  return (
    <>
      <SourceSection form={form} />
      <BuildSection form={form} />
      <RuntimeSection form={form} />
      <Section title="Environment" text="Changes apply on the next deployment.">
        <EnvironmentFields
          form={form}
          field="env"
          title="Variables"
          hint="Visible to everyone who can view the app."
          addLabel="Add a variable"
        />
        <SecretFields
          form={form}
          field="secrets"
          title="Secrets"
          hint="Encrypted, kept out of logs, and never shown again."
          addLabel="Add a secret"
        />
      </Section>
      <Section title="Release" text="How a new version replaces the current one.">
        <Pair>
          <TextField
            form={form}
            name="releaseCommand"
            label="Release command"
            hint="Runs once before a release gets traffic, for example npm run migrate. If it fails, nothing is released."
          />
          <NumberField
            form={form}
            name="releaseCommandMinutes"
            label="Release command limit (minutes)"
            hint="It is stopped when it has run for this long."
          />
        </Pair>
        <StrategyFields form={form} />
      </Section>
      <ApprovalSection form={form} />
      <PushSection form={form} />
    </>
  );
}

function SourceSection({ form }: FieldsProps) {
  return (
    <Section title="Source" text="Where the app lives in the repository.">
      <Pair>
        <TextField form={form} name="branch" label="Branch" />
        <TextField form={form} name="rootDir" label="Root directory" hint="The build context." />
      </Pair>
      <Pair>
        <TextField
          form={form}
          name="dockerfile"
          label="Dockerfile"
          hint="Relative to the root directory, inside or outside of it."
        />
        <TextField
          form={form}
          name="watchPaths"
          label="Watched paths"
          hint="Comma-separated globs, relative to the repository root. Only pushes that change a matching path are deployed. Empty: the root directory and the Dockerfile."
        />
      </Pair>
      <GitTokenField form={form} />
    </Section>
  );
}

function BuildSection({ form }: FieldsProps) {
  return (
    <Section title="Build" text="How the image is built from the Dockerfile.">
      <TextField form={form} name="buildTarget" label="Target stage" hint="Empty: the last stage." />
      <EnvironmentFields
        form={form}
        field="buildArgs"
        title="Build arguments"
        hint="Values for ARG instructions in the Dockerfile. They are stored in the image: use build secrets for anything secret."
        addLabel="Add a build argument"
      />
      <SecretFields
        form={form}
        field="buildSecrets"
        title="Build secrets"
        hint="For RUN --mount=type=secret,id=NAME. Encrypted, kept out of the image and its logs, and never shown again."
        addLabel="Add a build secret"
      />
      <CheckField
        form={form}
        name="buildCache"
        label="Reuse steps of earlier builds"
        hint="If off, every build runs all steps."
      />
    </Section>
  );
}

function RuntimeSection({ form }: FieldsProps) {
  return (
    <Section title="Runtime" text="How the app runs and how its health is checked.">
      <Pair>
        <NumberField
          form={form}
          name="port"
          label="Port"
          hint="The port the app listens on. Empty: the port that the image exposes, otherwise 3000."
        />
        <TextField
          form={form}
          name="healthCheckPath"
          label="Health check path"
          hint="Must answer 200 to 399. Empty: the path in the image's HEALTHCHECK, otherwise /."
        />
      </Pair>
      <NumberField
        form={form}
        name="startupSeconds"
        label="Startup time (seconds)"
        hint="How long the app may take to become healthy after it starts."
      />
      <SizeFields form={form} />
      <CheckField
        form={form}
        name="runs"
        label="Allow one-off commands"
        hint="Deployers can run commands with the app's image and settings."
      />
      <SelectField
        form={form}
        name="logRetentionDays"
        label="Keep logs for"
        options={retentionDays.map((days) => ({ value: String(days), label: days === 1 ? "1 day" : `${days} days` }))}
      />
    </Section>
  );
}

function ApprovalSection({ form }: FieldsProps) {
  return (
    <Section title="Approval" text="Whether someone must approve a release after the build.">
      <SelectField
        form={form}
        name="approval"
        label="Approval"
        options={[
          { value: "none", label: "Not needed" },
          { value: "required", label: "Required" },
        ]}
      />
      {form.draft.approval === "required" && (
        <>
          <Pair>
            <TextField
              form={form}
              name="approvers"
              label="Approvers"
              hint="Comma-separated names. Empty: every deployer."
            />
            <NumberField
              form={form}
              name="approvalExpiryMinutes"
              label="Expires after"
              unit="minutes"
              hint="The deployment is then cancelled."
            />
          </Pair>
          <CheckField
            form={form}
            name="allowSelfApproval"
            label="Allow self-approval"
            hint="If off, someone else must approve."
          />
        </>
      )}
    </Section>
  );
}

function PushSection({ form }: FieldsProps) {
  return (
    <Section title="Pushes and rollbacks" text="What happens on new pushes, and how many releases to keep.">
      <CheckField
        form={form}
        name="autoDeploy"
        label="Deploy pushes automatically"
        hint="If off, pushes are ignored and not deployed later. You can still deploy by hand."
      />
      <Pair>
        <SelectField
          form={form}
          name="onNewPush"
          label="A push during a deployment"
          options={[
            { value: "queue_latest", label: "Queue the latest" },
            { value: "cancel_running", label: "Cancel the running deployment" },
          ]}
        />
        <SelectField
          form={form}
          name="afterRollback"
          label="Pushes after a rollback"
          options={[
            { value: "hold", label: "Skip until someone deploys or unpins" },
            { value: "resume", label: "Deploy as usual" },
          ]}
        />
      </Pair>
      <NumberField
        form={form}
        name="keepReleases"
        label="Releases to keep"
        hint="How many releases you can roll back to."
      />
    </Section>
  );
}
