import type { App } from "@slipway/monitor/client";

interface BoxProps {
  readonly app: Pick<App, "release_command">;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}

/** Whether a rollback or a redeploy runs the app's release command; nothing where there is none. */
export function ReleaseCommandBox({ app, isChecked, onChange }: BoxProps) {
  if (app.release_command === null) return null;
  return (
    <label className="flex items-center gap-2 text-sm">
      <input type="checkbox" checked={isChecked} onChange={({ target }) => onChange(target.checked)} />
      Run the release command, too
    </label>
  );
}
