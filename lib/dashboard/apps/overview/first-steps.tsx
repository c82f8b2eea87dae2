import { GitBranch, HeartPulse, type LucideIcon, Radio } from "lucide-react";
import { Link } from "react-router";
import { useMay, useMe } from "../../session/session.tsx";
import { buttonClass } from "../../ui/button.tsx";

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
        {isAdmin ? (
          <Link to="/apps/new" className={buttonClass("primary")}>
            Create an app
          </Link>
        ) : (
          <p>Admins create apps. Apps you can access appear here.</p>
        )}
        {isAdmin && <CommandLines />}
      </div>
    </section>
  );
}

/** The same by hand, for those who prefer it. */
function CommandLines() {
  const isByCookie = useMe().csrf !== null;
  const send = [
    "-H 'Content-Type: application/json'",
    ...(isByCookie ? ['-H "Authorization: Bearer $SLIPWAY_TOKEN"'] : []),
  ].join(" ");
  const lines = [
    `curl -s ${location.origin}/api/apps ${send} \\\n  -d '{"name": "shop", "repoUrl": "https://github.com/you/shop"}'`,
    `curl -s ${location.origin}/api/deployments ${send} -d '{"appId": 1}'`,
  ];
  return (
    <div className="w-full max-w-3xl">
      <p className="mb-2 text-muted">Or from a terminal:</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0} className="overflow-x-auto rounded-box border bg-log p-3 font-mono text-xs leading-5">
        {lines.join("\n")}
      </pre>
    </div>
  );
}
