import { defineConfig } from "vitest/config";

/** The pure parts only: no plugin, no browser. */
export default defineConfig({ test: { include: ["tests/**/*.test.ts"], environment: "node" } });
