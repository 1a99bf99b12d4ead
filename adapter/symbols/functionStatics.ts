/** Static variables of functions by name, which no index of names has: they are found by walking through the functions. */
import type { DebugData } from "./debugData";
import type { VariableSymbol } from "./types";
import type { Variables } from "./variables";

/** Time that walks through a module may take, all together. */
const MOST_MILLISECONDS = 2000;

export class FunctionStatics {
  private readonly byName = new Map<string, VariableSymbol[]>();
  private walked = 0;
  private spent = 0;

  constructor(
    private readonly data: DebugData,
    private readonly variables: Variables,
  ) {}

  /** See SymbolModule.functionStaticsNamed. */
  named(name: string): readonly VariableSymbol[] {
    const count = this.data.unitCount();
    while (this.walked < count && this.spent < MOST_MILLISECONDS) {
      const begin = performance.now();
      this.walk(this.walked++);
      this.spent += performance.now() - begin;
    }
    return this.byName.get(name) ?? [];
  }

  private walk(unit: number): void {
    for (const die of this.data.unitStatics(unit)) {
      const variable = this.variables.variable(die, true);
      const known = this.byName.get(variable.name);
      if (known) known.push(variable);
      else this.byName.set(variable.name, [variable]);
    }
  }
}
