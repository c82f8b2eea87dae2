import { GitBranch, HeartPulse, type LucideIcon, Radio } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { Link } from "react-router";
import { useMay, useMe } from "../../session/session.tsx";
import { Button } from "../../ui/button.tsx";
import { described, Field, inputClass } from "../../ui/field.tsx";
import { proposedName } from "../form/proposed-name.ts";
import { useCreateAndDeploy } from "../use-create-and-deploy.ts";

const steps: readonly { readonly Icon: LucideIcon; readonly title: string; readonly text: string }[] = [
  {
    Icon: GitBranch,
    title: "Pick a repository",
    text: "Any Git repository with a Dockerfile. Everything else has a default.",
  },
  {
    Icon: Radio,
    title: "Watch the build",
    text: "Stages, progress and every log line, live. When something fails, you get a clear error and how to fix it.",
  },
  {
    Icon: HeartPulse,
    title: "Go live when it's healthy",
    text: "Your previous release keeps serving until then, and rolling back takes one click.",
  },
];

/** What Slipway does and how to begin, for whoever has no app yet. */
export function FirstSteps() {
  const isAdmin = useMay("admin");
  return (
    <section aria-labelledby="first-steps" className="grid grid-cols-1 gap-8 rounded-box border p-6 sm:p-10">
      <div className="grid grid-cols-1 justify-items-center gap-2 text-center">
        <h2 id="first-steps" className="text-lg font-semibold">
          From a push to a running release
        </h2>
        <p className="max-w-prose text-muted">
          Slipway builds your repository, starts it, and sends it traffic once it passes its health check.
        </p>
      </div>
      <ol className="grid gap-6 sm:grid-cols-3">
        {steps.map(({ Icon, title, text }) => (
          <li key={title} className="grid content-start gap-1">
            <Icon size={20} aria-hidden className="mb-1 text-accent" />
            <h3 className="font-medium">{title}</h3>
            <p className="text-muted">{text}</p>
          </li>
        ))}
      </ol>
      <div className="grid grid-cols-1 justify-items-center gap-6">
        {isAdmin ? <FirstApp /> : <p>Admins create apps. Apps you can access appear here.</p>}
        {isAdmin && <CommandLines />}
      </div>
    </section>
  );
}

/** From a repository's address to a running app: everything else has a default. */
function FirstApp() {
  const [repoUrl, setRepoUrl] = useState("");
  const [problem, setProblem] = useState<string | undefined>();
  const [isPending, setPending] = useState(false);
  const createAndDeploy = useCreateAndDeploy();
  const id = useId();
  const hint = "An https:// URL, or a path on this machine in local mode.";
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setPending(true);
    setProblem(undefined);
    try {
      await createAndDeploy({ repoUrl: repoUrl.trim(), name: proposedName(repoUrl) });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setPending(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="grid w-full max-w-xl gap-3">
      <Field id={id} label="Repository" hint={hint} error={problem}>
        <input
          id={id}
          {...described(id, problem, hint)}
          className={inputClass}
          placeholder="https://github.com/you/shop"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={repoUrl}
          onChange={({ target }) => setRepoUrl(target.value)}
        />
      </Field>
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="primary" disabled={isPending}>
          {isPending ? "Creating…" : "Create and deploy"}
        </Button>
        <Link
          to={`/apps/new?${new URLSearchParams({ repo: repoUrl.trim() })}`}
          className="text-accent underline-offset-2 hover:underline"
        >
          More settings
        </Link>
      </div>
    </form>
  );
}

/** The same from a terminal. */
function CommandLines() {
  const isByCookie = useMe().csrf !== null;
  const lines = [...(isByCookie ? [`slipway login ${location.origin}`] : []), "slipway up"];
  return (
    <div className="w-full max-w-xl">
      <p className="mb-2 text-muted">Or from a terminal, in a repository with a Dockerfile:</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0} className="overflow-x-auto rounded-box border bg-log p-3 font-mono text-xs leading-5">
        {lines.join("\n")}
      </pre>
    </div>
  );
}
