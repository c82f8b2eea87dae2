import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { codeInputClass } from "./field.tsx";

interface Props {
  readonly text: string;
  /** What the text is, as it follows "Copy". */
  readonly what: string;
  readonly className?: string;
}

/** Copies a text, and says for a moment that it did. Where the browser refuses, it selects the text for whoever asked. */
export function CopyButton({ text, what, className = "size-8" }: Props) {
  const [isCopied, setCopied] = useState(false);
  const [isRefused, setRefused] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () =>
    void writeText(text).then(
      () => setCopied(true),
      () => setRefused(true),
    );
  return (
    <>
      <IconButton className={className} label={isCopied ? "Copied" : `Copy ${what}`} onClick={copy}>
        {isCopied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      </IconButton>
      <Dialog
        open={isRefused}
        onOpenChange={setRefused}
        title={`Copy ${what}`}
        description="Your browser doesn't let this page copy. The text is selected: press Ctrl+C, or ⌘C on a Mac."
      >
        <textarea
          aria-label="Text to copy"
          readOnly
          rows={Math.min(8, text.split("\n").length + 1)}
          className={`${codeInputClass} h-auto! py-2`}
          value={text}
          onFocus={({ target }) => target.select()}
        />
      </Dialog>
    </>
  );
}

/** Rejects where the browser refuses. Over plain HTTP on another host than localhost, browsers have no `navigator.clipboard`. */
async function writeText(text: string): Promise<void> {
  const clipboard: Clipboard | undefined = navigator.clipboard;
  if (clipboard === undefined) throw new Error("Copying needs HTTPS.");
  await clipboard.writeText(text);
}
