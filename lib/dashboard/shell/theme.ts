import { useState } from "react";

export const themes = ["light", "dark", "system"] as const;
export type Theme = (typeof themes)[number];

export const themeWords: Readonly<Record<Theme, string>> = {
  light: "Light theme",
  dark: "Dark theme",
  system: "System theme",
};

/** public/theme.js reads it before the first paint. */
const key = "slipway-theme";

/** The chosen theme, and how to choose. It is kept in this browser. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(chosen);
  const choose = (next: Theme) => {
    setTheme(next);
    chooseTheme(next);
  };
  return [theme, choose];
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // A browser that keeps nothing has the theme until the page is left.
  }
}

function chosen(): Theme {
  const theme = document.documentElement.dataset.theme;
  return themes.find((one) => one === theme) ?? "system";
}
