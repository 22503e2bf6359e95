// Types of scripts/prune-types.mjs, for tests in TypeScript.
export function pruneTypes(folder: string): number;
