import { defineConfig } from "vite";
import uniModule from "@dcloudio/vite-plugin-uni";

// A CommonJS package under an ES module config: the plugin is its `default`.
const uni = (uniModule as unknown as { default?: typeof uniModule }).default ?? uniModule;

export default defineConfig({
  base: "/m/",
  plugins: [uni()],
  css: { preprocessorOptions: { scss: { charset: false } } },
});
