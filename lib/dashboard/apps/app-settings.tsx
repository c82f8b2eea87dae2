import type { App } from "@slipway/monitor/client";
import { useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useChangeApp, useDeleteApp, useRedeploy } from "../api/mutations.ts";
import { useMay } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { Notice } from "../ui/states.tsx";
import { useToast } from "../ui/toasts.tsx";
import { UnsavedGuard } from "../ui/unsaved-guard.tsx";
import { useShownApp } from "./app-page.tsx";
import { Badge } from "./badge.tsx";
import { AdvancedFields } from "./form/app-fields.tsx";
import { Pair, Section, TextField } from "./form/controls.tsx";
import { type AppDraft, draftOf } from "./form/draft.ts";
import { settingsOf } from "./form/settings-of.ts";
import { useAppForm, useFirstProblem } from "./form/use-app-form.ts";
import { validateChange } from "./form/validate.ts";
import { Notifications } from "./notifications/notifications.tsx";
import { WebhookSetup } from "./webhook/webhook-setup.tsx";

/** The tab with everything that can be changed of an app. */
export default function AppSettings() {
  const app = useShownApp();
  const isAdmin = useMay("admin");
  return (
    <div className="grid grid-cols-1 gap-6">
      {!isAdmin && <Notice tone="info">You need the admin role to change these settings.</Notice>}
      <fieldset disabled={!isAdmin} className="min-w-0">
        <legend className="sr-only">Settings of {app.name}</legend>
        <SettingsForm key={app.id} app={app} />
      </fieldset>
      <div className="border-t">
        <WebhookSetup app={app} />
        <Notifications app={app} />
      </div>
      <Badge app={app} />
      {isAdmin && <DeleteApp app={app} />}
    </div>
  );
}

const draftOfApp = (app: App): AppDraft =>
  draftOf(settingsOf(app), {
    secrets: app.secrets,
    buildSecrets: app.build_secrets,
    hasGitToken: app.git_token,
  });

function SettingsForm({ app }: { app: App }) {
  const [stored, setStored] = useState(() => draftOfApp(app));
  const change = useChangeApp(app.id);
  const redeploy = useRedeploy();
  const navigate = useNavigate();
  const showToast = useToast();
  /** Which of the two buttons sent the form. */
  const redeploys = useRef(false);
  const validate = useMemo(() => (draft: AppDraft) => validateChange(stored, draft), [stored]);
  const { form, submit, reset, isSending, problems, attempts, refused } = useAppForm(
    stored,
    validate,
    async (input) => {
      const after = await change.mutateAsync(input);
      const changed = draftOfApp(after);
      setStored(changed);
      reset(changed);
      if (!redeploys.current) return showToast(`Settings of ${app.name} saved. They apply on the next deployment.`);
      redeploys.current = false;
      const next = await redeploy.mutateAsync({ id: app.id });
      showToast(`Settings of ${app.name} saved. Deployment #${next.id} applies them.`);
      await navigate(`/deployments/${next.id}`);
    },
  );
  const ref = useFirstProblem(attempts, refused);
  const isChanged = form.draft !== stored;
  return (
    <form ref={ref} noValidate onSubmit={(event) => void submit(event)}>
      <UnsavedGuard isChanged={isChanged} />
      <Section title="App" text="The app's name and source.">
        <Pair>
          <TextField form={form} name="name" label="Name" hint="Used in the app's URL." />
          <TextField form={form} name="repoUrl" label="Repository" />
        </Pair>
      </Section>
      <AdvancedFields form={form} />
      <div className="sticky bottom-0 grid gap-2 border-t bg-ground py-3">
        {problems[""] !== undefined && <Notice tone="danger">{problems[""]}</Notice>}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            type="submit"
            look="primary"
            disabled={!isChanged || isSending}
            onClick={() => {
              redeploys.current = false;
            }}
          >
            {isSending ? "Saving…" : "Save changes"}
          </Button>
          {app.live_deployment_id !== null && (
            <Button
              type="submit"
              disabled={!isChanged || isSending}
              onClick={() => {
                redeploys.current = true;
              }}
            >
              Save and redeploy
            </Button>
          )}
          {isChanged && <Button onClick={() => reset(stored)}>Discard</Button>}
          {isChanged && <p className="text-muted">You have unsaved changes.</p>}
        </div>
      </div>
    </form>
  );
}

function DeleteApp({ app }: { app: App }) {
  const remove = useDeleteApp();
  const navigate = useNavigate();
  const showToast = useToast();
  return (
    <section
      aria-labelledby="delete"
      className="flex flex-wrap items-center justify-between gap-3 rounded-box border border-danger/40 p-4"
    >
      <div className="min-w-0 flex-1 basis-64">
        <h2 id="delete" className="font-semibold">
          Delete this app
        </h2>
        <p className="text-muted">Stops the app and deletes its releases and secrets. This can't be undone.</p>
      </div>
      <ConfirmDialog
        trigger={(open) => (
          <Button look="danger" onClick={open}>
            Delete app
          </Button>
        )}
        title={`Delete ${app.name}?`}
        description="Stops the app immediately and deletes its releases and secrets. This can't be undone."
        action="Delete app"
        look="danger"
        phrase={app.name}
        onConfirm={async () => {
          await remove.mutateAsync(app.id);
          showToast(`${app.name} is being deleted.`);
          await navigate("/");
        }}
      />
    </section>
  );
}
