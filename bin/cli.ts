#!/usr/bin/env node
import "../packages/cli/bin/slipway.ts";
