import { useEffect, useLayoutEffect } from "react";

/** React 18 warns of a layout effect on a server, which runs neither. */
export const useEffectBeforePaint = typeof window === "undefined" ? useEffect : useLayoutEffect;
