/** What wasm-bindgen has made for gecko-profiler-demangle; the package has types of its front only. */
declare module "gecko-profiler-demangle/index_bg.js" {
  /** Gives it the exports of the instance; call the instance's __wbindgen_start next. */
  export function __wbg_set_wasm(exports: object): void;
  /** The name demangled; what is no mangled name as it is, but for underscores at its beginning. */
  export function demangle_any(name: string): string;
}

/** As much of it as is used; Node's types do not have it. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: object;
    constructor(module: Module, imports: object);
  }
}
