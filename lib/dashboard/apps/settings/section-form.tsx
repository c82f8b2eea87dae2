import type { App } from "@slipway/monitor/client";
import { useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useChangeApp, useDeploy, useRedeploy } from "../../api/mutations.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/states.tsx";
import { useToast } from "../../ui/toasts.tsx";
import { UnsavedGuard } from "../../ui/unsaved-guard.tsx";
import { type AppDraft, draftOf } from "../form/draft.ts";
import { fixedNames } from "../form/fields.ts";
import { formParts } from "../form/form-parts.ts";
import { PlainFields } from "../form/plain-fields.tsx";
import { type SectionName, sectionOf } from "../form/sections.ts";
import { settingsOf } from "../form/settings-of.ts";
import { useAppForm, useFirstProblem } from "../form/use-app-form.ts";
import { validateChange } from "../form/validate.ts";

interface FormProps {
  readonly app: App;
  readonly name: SectionName;
}

const draftOfApp = (app: App): AppDraft =>
  draftOf(settingsOf(app), {
    secrets: app.secrets,
    buildSecrets: app.build_secrets,
    hasGitToken: app.git_token,
  });

/** The settings of one section, saved together. Only what was changed is sent. */
export function SectionForm({ app, name }: FormProps) {
  const [stored, setStored] = useState(() => draftOfApp(app));
  const change = useChangeApp(app.id);
  const release = useReleasing(app, name);
  /** Which of the two buttons sent the form. */
  const isReleased = useRef(false);
  const showToast = useToast();
  const validate = useMemo(() => (draft: AppDraft) => validateChange(stored, draft), [stored]);
  const { form, submit, reset, isSending, problems, attempts, refused } = useAppForm(
    stored,
    validate,
    async (input) => {
      const changed = draftOfApp(await change.mutateAsync(input));
      setStored(changed);
      reset(changed);
      if (isReleased.current && release !== null) await release.run();
      else showToast(`Settings of ${app.name} saved.${sectionOf(name).applies === undefined ? "" : applyLater}`);
    },
  );
  const ref = useFirstProblem(attempts, refused);
  const isChanged = form.draft !== stored;
  const Part = formParts[name];
  const choose = (released: boolean) => () => {
    isReleased.current = released;
  };
  return (
    <form ref={ref} noValidate onSubmit={(event) => void submit(event)} className="grid min-w-0 gap-4">
      <UnsavedGuard isChanged={isChanged} />
      <PlainFields form={form} section={name} without={fixedNames} />
      {Part !== undefined && <Part form={form} />}
      <div className={`grid gap-2 border-t bg-ground py-3 ${isChanged ? "sticky bottom-0" : ""}`}>
        {problems[""] !== undefined && <Notice tone="danger">{problems[""]}</Notice>}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" look="primary" disabled={!isChanged || isSending} onClick={choose(false)}>
            {isSending ? "Saving…" : "Save changes"}
          </Button>
          {release !== null && (
            <Button type="submit" disabled={!isChanged || isSending} onClick={choose(true)}>
              {release.label}
            </Button>
          )}
          {isChanged && <Button onClick={() => reset(stored)}>Discard</Button>}
          {isChanged && <p className="text-muted">You have unsaved changes.</p>}
        </div>
      </div>
    </form>
  );
}

const applyLater = " They apply on the next deployment.";

/** How what was saved is released at once; `null`: it needs no release, or there is nothing to release again. */
function useReleasing(app: App, name: SectionName) {
  const redeploy = useRedeploy();
  const deploy = useDeploy();
  const navigate = useNavigate();
  const showToast = useToast();
  const { applies } = sectionOf(name);
  if (applies === undefined || (applies === "redeploy" && app.live_deployment_id === null)) return null;
  const run = async () => {
    try {
      const isRedeploy = applies === "redeploy";
      const next = await (isRedeploy ? redeploy.mutateAsync({ id: app.id }) : deploy.mutateAsync({ appId: app.id }));
      showToast(`Settings of ${app.name} saved. Deployment #${next.id} applies them.`);
      await navigate(`/deployments/${next.id}`);
    } catch (error) {
      // They are saved: what failed is only the second of the two.
      const why = error instanceof Error ? error.message : String(error);
      showToast(`Settings of ${app.name} saved, but not deployed: ${why}`, "failed");
    }
  };
  return { run, label: applies === "redeploy" ? "Save and redeploy" : "Save and deploy" };
}
