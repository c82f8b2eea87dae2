import type { ReactNode } from "react";

const tones = {
  success: "sw:border-success/40 sw:bg-success-soft sw:text-success",
  danger: "sw:border-danger/40 sw:bg-danger-soft sw:text-danger",
  warning: "sw:border-warning/40 sw:bg-warning-soft sw:text-warning",
  neutral: "sw:border-line sw:bg-surface sw:text-text",
};

interface Props {
  tone: keyof typeof tones;
  icon: ReactNode;
  headline: string;
  role?: "alert";
  children?: ReactNode;
}

/** Something that is to be read before anything else. */
export function Banner({ tone, icon, headline, role, children }: Props) {
  return (
    <div role={role} className={`sw:flex sw:gap-3 sw:rounded-box sw:border sw:p-3 ${tones[tone]}`}>
      <span className="sw:mt-0.5">{icon}</span>
      <div className="sw:min-w-0 sw:flex-1 sw:space-y-1 sw:text-sm sw:text-text">
        <p className={`sw:font-semibold ${tones[tone].split(" ").at(-1)}`}>{headline}</p>
        {children}
      </div>
    </div>
  );
}
