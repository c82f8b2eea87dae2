import type { App } from "@slipway/monitor/client";
import { Rocket } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useMay } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";

const DeployDialog = lazy(() => import("./deploy-dialog.tsx"));

interface DeployButtonProps {
  readonly app: App;
  readonly look?: "primary";
  /** Its name for those who do not see where it stands. */
  readonly label?: string;
  readonly className?: string;
}

/** Asks what to deploy before anything is. */
export function DeployButton({ app, look, label, className }: DeployButtonProps) {
  const [open, setOpen] = useState(false);
  if (!useMay("deployer")) return null;
  return (
    <>
      <Button look={look} className={className} aria-label={label} onClick={() => setOpen(true)}>
        <Rocket size={14} aria-hidden />
        Deploy
      </Button>
      {open && (
        <Suspense>
          <DeployDialog app={app} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
