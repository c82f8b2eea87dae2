import { writeFileSync } from "node:fs";
import { keptCounts, scalePage, scalePath } from "./scale.ts";

/** `node bench/write-scale.ts` writes docs/scale.md. */
writeFileSync(scalePath, scalePage(keptCounts()));
