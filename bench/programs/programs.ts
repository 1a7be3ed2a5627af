import chat from './chat/index.js';
import type { Program } from './contract.js';
import crawler from './crawler/index.js';
import http from './http/index.js';
import pipeline from './pipeline/index.js';

export const programs: readonly Program[] = [http, crawler, pipeline, chat];
