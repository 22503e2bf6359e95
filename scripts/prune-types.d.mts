// For tests in TypeScript: what scripts/prune-types.mjs gives.
export function pruneTypes(folder: string): number;
