/** How the warning begins that a pinned app has settings that its live release lacks. Whoever says so in other words leaves it out. */
export const pinnedWarning = "The app is pinned to the release it was rolled back to.";
