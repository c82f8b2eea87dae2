import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";

export const hidden = "••••••••";

/** A value that is hidden from whoever looks over one's shoulder, until it is asked for. */
export function PlainValue({ name, value }: { name: string; value: string }) {
  const [isShown, setShown] = useState(false);
  return (
    <span className="flex min-w-0 items-start gap-1">
      <code className="min-w-0 flex-1 self-center font-mono whitespace-pre-wrap wrap-anywhere">
        {isShown ? (
          value
        ) : (
          <>
            <span aria-hidden>{hidden}</span>
            <span className="sr-only">Hidden</span>
          </>
        )}
      </code>
      <RevealButton name={name} isShown={isShown} onToggle={() => setShown(!isShown)} />
      <CopyButton text={value} what={name} />
    </span>
  );
}

export function RevealButton({ name, isShown, onToggle }: { name: string; isShown: boolean; onToggle: () => void }) {
  return (
    <IconButton label={`${isShown ? "Hide" : "Reveal"} ${name}`} onClick={onToggle}>
      {isShown ? <EyeOff size={15} aria-hidden /> : <Eye size={15} aria-hidden />}
    </IconButton>
  );
}
