/** A page of an app's settings. Its name is the last part of its address. */
interface SectionSpec {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  /** How a change becomes live: by releasing the live image again, or by a new build. Without it, at once. */
  readonly applies?: "redeploy" | "deploy";
}

/**
 * The sections of an app's settings, in order. Which settings a section has is said in `fields.ts`, and what it has
 * beside them in `form-parts.ts` and `../settings/other-parts.ts`.
 */
export const sections = [
  { name: "general", title: "General", text: "The app's name, who reaches it, and its badge.", applies: "redeploy" },
  { name: "source", title: "Source", text: "Where the app lives in the repository.", applies: "deploy" },
  { name: "build", title: "Build", text: "How the image is built from the Dockerfile.", applies: "deploy" },
  { name: "variables", title: "Variables", text: "What the app reads from its environment.", applies: "redeploy" },
  {
    name: "runtime",
    title: "Runtime",
    text: "How the app runs and how its health is checked.",
    applies: "redeploy",
  },
  { name: "size", title: "Size", text: "How large a task is, and how many run.", applies: "redeploy" },
  { name: "release", title: "Releases", text: "How a new version replaces the current one." },
  { name: "rollback", title: "Rollbacks", text: "When a release is undone, and how many are kept." },
  {
    name: "processes",
    title: "Processes",
    text: "What runs all the time beside web, such as workers. A release is live only when all of it runs.",
    applies: "redeploy",
  },
  {
    name: "crons",
    title: "Crons",
    text: "Commands that run by a schedule, with the image and settings of the live release.",
    applies: "redeploy",
  },
  { name: "domains", title: "Domains", text: "Domains of its own at which the app is reached beside its URL." },
  { name: "approval", title: "Approval", text: "Whether someone must approve a release after the build." },
  { name: "pushes", title: "Pushes", text: "What happens on new pushes." },
  {
    name: "notifications",
    title: "Notifications",
    text: "Where to send notifications about deployments. Changes are saved immediately.",
  },
  { name: "danger", title: "Danger zone", text: "What can't be undone." },
] as const satisfies readonly SectionSpec[];

export type SectionName = (typeof sections)[number]["name"];

export function sectionOf(name: SectionName): SectionSpec {
  const section = sections.find((one) => one.name === name);
  if (section === undefined) throw new RangeError(`There is no section ${name}.`);
  return section;
}
