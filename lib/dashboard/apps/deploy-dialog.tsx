import type { App } from "@slipway/monitor/client";
import { type FormEvent, useId, useState } from "react";
import { useNavigate } from "react-router";
import { useDeploy } from "../api/mutations.ts";
import { AppChanges } from "../deployments/changes-view.tsx";
import { OverrideField } from "../freeze/override-field.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { described, Field, inputClass } from "../ui/field.tsx";
import { Notice } from "../ui/states.tsx";
import { useToast } from "../ui/toasts.tsx";
import { named, type Problems, problemsOfError, problemsOfIssues } from "./form/problems.ts";
import { createDeploymentSchema } from "./form/schemas.ts";

const fields = {
  branch: { label: "Branch", hint: "Deploys its latest commit." },
  commit: { label: "Commit", hint: "Optional. The full hash of the commit (default: the latest commit)." },
  reason: { label: "Reason", hint: "Optional. Shown with the deployment." },
} as const;
type Name = keyof typeof fields;

/** Asks what to deploy; as it stands, the head of the app's branch. */
export default function DeployDialog({ app, onClose }: { app: App; onClose: () => void }) {
  const [values, setValues] = useState<Readonly<Record<Name, string>>>({ branch: "", commit: "", reason: "" });
  const [problems, setProblems] = useState<Problems>({});
  const [override, setOverride] = useState("");
  const { deploy, isPending } = useDeployment(app, setProblems);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deploy({ ...values, override });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Deploy ${app.name}`}
      description={`Builds ${app.branch} of ${app.repo_url} and releases it once it's healthy.`}
    >
      <form noValidate onSubmit={submit} className="grid grid-cols-1 gap-4">
        {(["branch", "commit", "reason"] as const).map((name) => (
          <TextInput
            key={name}
            name={name}
            value={values[name]}
            problem={problems[name]}
            placeholder={name === "branch" ? app.branch : ""}
            onChange={(value) => setValues((before) => ({ ...before, [name]: value }))}
          />
        ))}
        {values.branch === "" && values.commit === "" && <AppChanges appId={app.id} of={{}} />}
        <OverrideField value={override} onChange={setOverride} />
        {problems[""] !== undefined && <Notice tone="danger">{problems[""]}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isPending}>
            Deploy
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function TextInput(props: {
  name: Name;
  value: string;
  problem: string | undefined;
  placeholder: string;
  onChange: (value: string) => void;
}) {
  const id = useId();
  const { label, hint } = fields[props.name];
  const error = named(label, props.problem);
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <input
        id={id}
        {...described(id, error, hint)}
        className={inputClass}
        placeholder={props.placeholder}
        autoComplete="off"
        spellCheck={false}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </Field>
  );
}

/** Sends what was filled in, and leads to the new deployment. */
function useDeployment(app: App, setProblems: (problems: Problems) => void) {
  const mutation = useDeploy();
  const navigate = useNavigate();
  const showToast = useToast();
  const deploy = (values: Readonly<Record<Name | "override", string>>) => {
    const given = Object.entries(values).flatMap(([name, value]) =>
      value.trim() === "" ? [] : [[name, value.trim()]],
    );
    const input = createDeploymentSchema.safeParse({ appId: app.id, ...Object.fromEntries(given) });
    if (!input.success) return setProblems(problemsOfIssues(input.error.issues));
    // A promise, since the callbacks of `mutate` are forgotten when the dialog is closed meanwhile.
    mutation.mutateAsync(input.data).then(
      (deployment) => {
        showToast(`Deployment #${deployment.id} of ${app.name} started.`);
        void navigate(`/deployments/${deployment.id}`);
      },
      (error) => setProblems(problemsOfError(error, Object.keys(fields))),
    );
  };
  return { deploy, isPending: mutation.isPending };
}
