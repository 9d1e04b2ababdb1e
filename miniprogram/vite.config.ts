import { defineConfig } from "vite";
import uniModule from "@dcloudio/vite-plugin-uni";

// A CommonJS package under an ES module config: the plugin is its `default`.
const uni = (uniModule as unknown as { default?: typeof uniModule }).default ?? uniModule;

// The framework fetches one shadow picture from its maker's server, in its style sheet and, with the program's id, from WeChat;
// a patient's phone asks nobody but the hospital.
const nobodyElse = {
  name: "yicheng-nobody-else",
  enforce: "post" as const,
  generateBundle(_options: unknown, bundle: Record<string, { type: string; source?: unknown; code?: string }>) {
    for (const file of Object.values(bundle)) {
      if (file.code) file.code = file.code.replace(/\bwx\.preloadAssets\b/g, "wx.nobodyElse");
      if (file.type === "asset" && typeof file.source === "string") {
        file.source = file.source.replace(/url\(["']?https?:\/\/cdn\d*\.dcloud[^)]*\)/g, "none");
      }
    }
  },
};

export default defineConfig({
  base: "/m/",
  plugins: [uni(), nobodyElse],
  css: { preprocessorOptions: { scss: { charset: false } } },
});
