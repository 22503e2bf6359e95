// Unit and screen tests, and the import rules. Kernel, addon and end-to-end tests are node:test files (scripts/test.mjs).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.{ts,tsx}', 'test/ui/**/*.test.{ts,tsx}', 'test/*.test.ts'],
    testTimeout: 30_000,
  },
});
