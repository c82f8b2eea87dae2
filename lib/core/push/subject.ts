const longest = 200;

/** The first line of a commit's message, as deployments show it. */
export const subjectOf = (message: string): string => (message.split("\n", 1)[0] ?? "").slice(0, longest);
