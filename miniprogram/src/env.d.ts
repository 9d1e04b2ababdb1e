/// <reference types="vite/client" />

declare module "*.vue" {
  import type { DefineComponent } from "vue";
  const component: DefineComponent<object, object, unknown>;
  export default component;
}

interface ImportMetaEnv {
  /** Where the interface is when the client is not served by the same host, e.g. `https://hospital.example`. */
  readonly VITE_ORIGIN?: string;
}
