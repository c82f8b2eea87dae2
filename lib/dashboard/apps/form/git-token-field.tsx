import { useId } from "react";
import { Button } from "../../ui/button.tsx";
import { described, Field, inputClass } from "../../ui/field.tsx";
import { named } from "./problems.ts";
import type { AppForm } from "./use-app-form.ts";

const label = "Git token";
const hint =
  "For private repositories: a token with read access. Encrypted and never shown again. Not needed if the GitHub App is installed on the repository.";

/** What a private repository is read by. A stored token is kept, replaced by typing another, or removed. */
export function GitTokenField({ form }: { form: AppForm }) {
  const id = useId();
  const error = named(label, form.problem("gitToken"));
  const { gitToken, storedGitToken } = form.draft;
  const isRemoved = storedGitToken === "removed";
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <div className="flex items-center gap-2">
        <input
          id={id}
          {...described(id, error, hint)}
          type="password"
          className={inputClass}
          placeholder={storedGitToken === "kept" ? "Stored. Enter a new token to replace it." : ""}
          autoComplete="off"
          value={gitToken}
          onChange={({ target: { value } }) => form.set("gitToken", value)}
          onBlur={() => form.leave("gitToken")}
        />
        {storedGitToken !== "none" && gitToken === "" && (
          <Button onClick={() => form.set("storedGitToken", isRemoved ? "kept" : "removed")}>
            {isRemoved ? "Keep the stored token" : "Remove"}
          </Button>
        )}
      </div>
      {isRemoved && gitToken === "" && <p className="text-muted">Removed when you save.</p>}
    </Field>
  );
}
