import type { GitHubSetup } from "@slipway/monitor/client";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useStartGitHub } from "../api/mutations.ts";
import { Button } from "../ui/button.tsx";
import { described, Field, inputClass } from "../ui/field.tsx";
import { Notice } from "../ui/states.tsx";

const hint = "Optional. The organization that owns the app (default: your account).";

/** Asks the control plane for the manifest, and posts it to GitHub as this browser. */
export function CreateAppForm({ gitHubUrl }: { gitHubUrl: string }) {
  const [organization, setOrganization] = useState("");
  const start = useStartGitHub();
  const id = useId();
  const begin = (event: FormEvent) => {
    event.preventDefault();
    start.mutate(organization.trim() === "" ? undefined : organization.trim());
  };
  return (
    <section className="grid grid-cols-1 gap-4 rounded-box border p-4">
      <p>
        {new URL(gitHubUrl).host} shows you what the app may do and makes it; nothing has to be copied. It may read
        code, and set commit statuses and deployments; nothing else.
      </p>
      <form className="grid grid-cols-1 gap-4" onSubmit={begin}>
        <Field id={id} label="Organization" hint={hint}>
          <input
            id={id}
            {...described(id, undefined, hint)}
            className={`${inputClass} max-w-72`}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={organization}
            onChange={({ target: { value } }) => setOrganization(value)}
          />
        </Field>
        <Button type="submit" look="primary" className="justify-self-start" disabled={start.isPending}>
          Create the GitHub App
        </Button>
      </form>
      {start.error !== null && <Notice tone="danger">{start.error.message}</Notice>}
      {start.data !== undefined && <Handover setup={start.data} />}
    </section>
  );
}

/** Leaves for GitHub as soon as it is on the page. */
function Handover({ setup: { action, manifest } }: { setup: GitHubSetup }) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.submit(), []);
  return (
    <form ref={form} method="post" action={action} aria-hidden>
      <input type="hidden" name="manifest" value={JSON.stringify(manifest)} />
    </form>
  );
}
