import type { Dockerfile } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useEffect, useState } from "react";
import { dockerfileQuery } from "../../api/queries.ts";
import { Copyable } from "../../ui/copyable.tsx";
import { Notice } from "../../ui/states.tsx";
import type { AppDraft } from "./draft.ts";
import { showDockerfileSchema } from "./schemas.ts";

/** Typing is over when nothing was typed for so long. */
const typingMs = 500;

/** Whether the repository that is typed has a Dockerfile, and one for it if it has none. */
export function DockerfileCheck({ repoUrl, branch, rootDir, dockerfile }: AppDraft) {
  const typed = useDebounced(JSON.stringify({ repoUrl, branch, rootDir, dockerfile }));
  const { success, data: of } = showDockerfileSchema.safeParse(JSON.parse(typed));
  const { data: found, isFetching } = useQuery({ ...dockerfileQuery(of ?? { repoUrl: "" }), enabled: success });
  if (!success) return null;
  return (
    <div aria-live="polite" className="grid grid-cols-1 gap-3 text-muted">
      {found === undefined ? isFetching && "Looking for a Dockerfile…" : <Found found={found} />}
    </div>
  );
}

function Found({ found: { path, exists, proposal, reason } }: { found: Dockerfile }) {
  if (exists === true)
    return (
      <span className="inline-flex items-center gap-1.5">
        <Check size={16} aria-hidden />
        {path} found.
      </span>
    );
  if (proposal === null) return <Notice tone={exists === false ? "warning" : "info"}>{reason}</Notice>;
  const ignore = `${path.slice(0, path.lastIndexOf("/") + 1)}.dockerignore`;
  return (
    <section aria-label="Proposed Dockerfile" className="grid grid-cols-1 gap-3 rounded-box border p-4">
      <p className="text-text">
        There is no {path}. This one is for {proposal.of}. Read it, commit it and push it, then create the app.
      </p>
      <File path={path} text={proposal.dockerfile} />
      <File path={ignore} text={proposal.dockerignore} />
    </section>
  );
}

function File({ path, text }: { path: string; text: string }) {
  return (
    <div className="grid grid-cols-1 gap-1">
      <Copyable text={text} shown={path} what={path} />
      {/* Scrolls, so it has to be reachable by keyboard. */}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: as above.
        tabIndex={0}
        className="max-h-80 overflow-auto rounded-md border bg-surface p-3 font-mono text-[0.8125rem] text-text"
      >
        {text}
      </pre>
    </div>
  );
}

/** The value, once it stays the same for a moment. */
function useDebounced(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), typingMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
