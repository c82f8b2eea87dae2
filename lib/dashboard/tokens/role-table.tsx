import { Check, Minus } from "lucide-react";
import { has, permissions, roles, roleWords } from "./role-matrix.ts";

/** Who may do what, as a table. */
export function RoleTable() {
  return (
    <section aria-labelledby="roles" className="grid gap-3">
      <h2 id="roles" className="font-semibold">
        Roles
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section tabIndex={0} aria-label="Who may do what" className="relative overflow-x-auto rounded-box border">
        <table className="w-full text-left">
          <thead className="text-muted">
            <tr>
              <th scope="col" className="px-2 py-2 font-normal sm:px-4">
                Permission
              </th>
              {roles.map((role) => (
                <th key={role} scope="col" className="px-1.5 py-2 text-center font-normal sm:px-3">
                  {roleWords[role]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y border-t">
            {permissions.map((permission) => (
              <tr key={permission.name}>
                <th scope="row" className="min-w-28 px-2 py-2 font-normal sm:min-w-36 sm:px-4">
                  {permission.name}
                </th>
                {roles.map((role) => (
                  <td key={role} className="px-1.5 py-2 sm:px-3">
                    <Mark isGiven={has(role, permission)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Mark({ isGiven }: { isGiven: boolean }) {
  const Icon = isGiven ? Check : Minus;
  return (
    <span className={`flex justify-center ${isGiven ? "text-success" : "text-muted"}`}>
      <Icon size={16} aria-hidden />
      <span className="sr-only">{isGiven ? "Yes" : "No"}</span>
    </span>
  );
}
