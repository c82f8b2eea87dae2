import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useMay } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { usePageTitle } from "../ui/page-title.ts";
import { Notice } from "../ui/states.tsx";
import { AllFields } from "./form/app-fields.tsx";
import { TextField } from "./form/controls.tsx";
import { DockerfileCheck } from "./form/dockerfile-check.tsx";
import { type AppDraft, draftOf } from "./form/draft.ts";
import { proposedName } from "./form/proposed-name.ts";
import { createAppSchema } from "./form/schemas.ts";
import { type AppForm, useAppForm, useFirstProblem } from "./form/use-app-form.ts";
import { validateNew } from "./form/validate.ts";
import { useCreateAndDeploy } from "./use-create-and-deploy.ts";

/** The API's own defaults, with nothing typed yet. */
const blank: AppDraft = {
  ...draftOf(createAppSchema.parse({ name: "app", repoUrl: "https://example.com/app" }), {}),
  name: "",
  repoUrl: "",
  port: "",
  healthCheckPath: "",
};

/** From a repository's address to a running deployment. */
export default function NewAppPage() {
  usePageTitle("Create an app");
  const isAdmin = useMay("admin");
  return (
    <div className="mx-auto grid w-full max-w-4xl grid-cols-1 gap-6">
      <div>
        <h1 className="text-xl font-semibold">Create an app</h1>
        <p className="mt-1 text-muted">
          A Git repository with a Dockerfile is all it takes. If it has none, you get a proposal. Everything can be
          changed later.
        </p>
      </div>
      {isAdmin ? <NewAppForm /> : <Notice tone="info">You need the admin role to create apps. Ask an admin.</Notice>}
    </div>
  );
}

function NewAppForm() {
  const createAndDeploy = useCreateAndDeploy();
  const repoUrl = useSearchParams()[0].get("repo") ?? "";
  const initial = repoUrl === "" ? blank : { ...blank, repoUrl, name: proposedName(repoUrl) };
  const { form, submit, isSending, problems, attempts, refused } = useAppForm(initial, validateNew, createAndDeploy);
  const ref = useFirstProblem(attempts, refused);
  return (
    <form ref={ref} noValidate onSubmit={(event) => void submit(event)} className="grid grid-cols-1 gap-5">
      <FirstFields form={form} />
      <DockerfileCheck {...form.draft} />
      <details className="group rounded-box border px-4">
        <summary className="flex list-none items-center gap-2 py-3 font-medium [&::-webkit-details-marker]:hidden">
          <ChevronRight size={16} aria-hidden className="motion-safe:transition-transform group-open:rotate-90" />
          Advanced
          <span className="min-w-0 truncate font-normal text-muted">Branch, port, size, environment, strategy, …</span>
        </summary>
        <div className="border-t">
          <AllFields form={form} without={["name", "repoUrl"]} />
        </div>
      </details>
      {problems[""] !== undefined && <Notice tone="danger">{problems[""]}</Notice>}
      <Button type="submit" look="primary" className="justify-self-start" disabled={isSending}>
        {isSending ? "Creating…" : "Create and deploy"}
      </Button>
    </form>
  );
}

/** The name follows the repository's until somebody types one. */
function FirstFields({ form }: { form: AppForm }) {
  const [isOwnName, setOwnName] = useState(false);
  return (
    <div className="grid gap-4 rounded-box border p-4 sm:grid-cols-[2fr_1fr]">
      <TextField
        form={form}
        name="repoUrl"
        label="Repository"
        placeholder="https://github.com/you/shop"
        hint="An https:// URL, or a path on this machine in local mode."
        onChange={(value) => {
          form.set("repoUrl", value);
          if (!isOwnName) form.set("name", proposedName(value));
        }}
      />
      <TextField
        form={form}
        name="name"
        label="Name"
        placeholder="shop"
        hint="Used in the app's URL."
        onChange={(value) => {
          setOwnName(value !== "");
          form.set("name", value);
        }}
      />
    </div>
  );
}
