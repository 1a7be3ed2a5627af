#!/usr/bin/env node
/** The entry of the `treadle` command. */
import { runCommandLine } from './program.js';

void runCommandLine(process.argv.slice(2));
