// Runs before anything is painted, so that a chosen theme does not flash. shell/theme.ts writes what this reads.
try {
  const chosen = localStorage.getItem("slipway-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing follows the system.
}
