import { CheckField, NumberField, Pair, Section, SelectField, TextField } from "./controls.tsx";
import { EnvironmentFields, SecretFields } from "./environment-fields.tsx";
import { GitTokenField } from "./git-token-field.tsx";
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
      <RuntimeSection form={form} />
      <Section
        title="Environment"
        text="What the app is told when it starts. A change counts from the next deployment."
      >
        <EnvironmentFields form={form} />
        <SecretFields form={form} />
      </Section>
      <Section title="Release" text="How a new version takes over from the one that serves.">
        <StrategyFields form={form} />
      </Section>
      <ApprovalSection form={form} />
      <PushSection form={form} />
    </>
  );
}

function SourceSection({ form }: FieldsProps) {
  return (
    <Section title="Source" text="Where in the repository the app lies.">
      <Pair>
        <TextField form={form} name="branch" label="Branch" />
        <TextField form={form} name="rootDir" label="Root directory" hint="The build's context." />
      </Pair>
      <Pair>
        <TextField form={form} name="dockerfile" label="Dockerfile" hint="Relative to the root directory." />
        <TextField
          form={form}
          name="watchPaths"
          label="Watched paths"
          hint="Globs from the repository's root, separated by commas: only pushes that touch one are deployed. Empty: the root directory."
        />
      </Pair>
      <GitTokenField form={form} />
    </Section>
  );
}

function RuntimeSection({ form }: FieldsProps) {
  return (
    <Section title="Runtime" text="How the app is run, and how it is told to be healthy.">
      <Pair>
        <NumberField form={form} name="port" label="Port" hint="On which the app listens." />
        <TextField form={form} name="healthCheckPath" label="Health check path" hint="Must answer 200 to 399." />
      </Pair>
      <SizeFields form={form} />
    </Section>
  );
}

function ApprovalSection({ form }: FieldsProps) {
  return (
    <Section title="Approval" text="Whether somebody must agree after the build and before the release.">
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
              hint="Names, separated by commas; empty: every deployer."
            />
            <NumberField
              form={form}
              name="approvalExpiryMinutes"
              label="Expires after"
              unit="minutes"
              hint="Then the deployment ends as cancelled."
            />
          </Pair>
          <CheckField
            form={form}
            name="allowSelfApproval"
            label="Whoever deploys may approve"
            hint="Otherwise it takes a second person."
          />
        </>
      )}
    </Section>
  );
}

function PushSection({ form }: FieldsProps) {
  return (
    <Section title="Pushes and rollbacks" text="What happens when something newer comes, and what is kept of the old.">
      <Pair>
        <SelectField
          form={form}
          name="onNewPush"
          label="A push during a deployment"
          options={[
            { value: "queue_latest", label: "Waits; the latest wins" },
            { value: "cancel_running", label: "Cancels the running one" },
          ]}
        />
        <SelectField
          form={form}
          name="afterRollback"
          label="Pushes after a rollback"
          options={[
            { value: "hold", label: "Are held until you deploy or unpin" },
            { value: "resume", label: "Are deployed as usual" },
          ]}
        />
      </Pair>
      <NumberField form={form} name="keepReleases" label="Releases to keep" hint="Those you can roll back to." />
    </Section>
  );
}
