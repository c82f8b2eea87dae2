import { CircleCheck, CircleSlash } from "lucide";
import { type Deployment, formatDuration } from "../client/index.ts";
import { Banner } from "./ui/banner.tsx";
import { Icon } from "./ui/icon.tsx";

/** How it ended, unless it failed: that is the error banner's. */
export function OutcomeBanner({ deployment, hasAddress }: { deployment: Deployment; hasAddress: boolean }) {
  const { stage, message, url, duration } = deployment;
  if (stage === "success") {
    return (
      <Banner
        tone="success"
        headline={duration === null ? "Deployment succeeded" : `Deployment succeeded in ${formatDuration(duration)}`}
        icon={<Icon icon={CircleCheck} className="sw:size-4" />}
      >
        {hasAddress && url !== null && (
          <p className="sw:break-words">
            Live at{" "}
            <a className="sw:text-accent sw:underline sw:underline-offset-2" href={url}>
              {url}
            </a>
          </p>
        )}
      </Banner>
    );
  }
  if (stage !== "cancelled" && stage !== "superseded") return null;
  return (
    <Banner
      tone="neutral"
      headline={stage === "cancelled" ? "Deployment cancelled" : "Replaced by a newer deployment"}
      icon={<Icon icon={CircleSlash} className="sw:size-4" />}
    >
      <p className="sw:break-words">{message}</p>
    </Banner>
  );
}
