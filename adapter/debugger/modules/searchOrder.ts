/** In which order names are looked for in modules. */
import type { EvaluationContext, LoadedModule } from "../types";

/** Modules in the order the dynamic linker searches them: itself and the vDSO come last. */
export function searchOrder({ all, main }: EvaluationContext["modules"]): readonly LoadedModule[] {
  const rank = (module: LoadedModule): number => {
    if (module === main) return 0;
    return /(^|\/)(ld-[^/]*|\[vdso\])$/.test(module.symbols.path) ? 2 : 1;
  };
  return [...all].sort((left, right) => rank(left) - rank(right));
}
