/** The parts of VS Code's window that debugging shows: toolbar, Call Stack, Variables, Debug Console. */
import { type Locator, type Page } from "playwright-core";
import { poll } from "./poll";

/** What a person does and reads there. Whatever is waited for fails after 30 seconds. */
export class DebugViews {
  constructor(private readonly page: Page) {}

  /** A button of the debug toolbar, by the beginning of its name. */
  toolbarButton(name: string): Locator {
    return this.page.locator(`.debug-toolbar .action-label[aria-label^="${name}"]`);
  }

  /** Presses a button of the debug toolbar. */
  async press(name: string): Promise<void> {
    await this.toolbarButton(name).click();
  }

  /** What the Call Stack view says: in its header why the program stands, below sessions, threads and frames. */
  async callStack(): Promise<string> {
    const pane = this.page.locator('.pane:has(> .pane-header[aria-label^="Call Stack"])');
    return (await pane.allInnerTexts()).join("\n");
  }

  /** Waits until the Call Stack view shows the text. */
  async waitForCallStack(text: string): Promise<void> {
    await poll(
      () => this.callStack(),
      (shown) => shown.includes(text),
      `"${text}" in the Call Stack view`,
    );
  }

  /** Waits until so many sessions stand at a breakpoint, whichever of them is in focus. */
  async waitForSessionsAtBreakpoints(count: number): Promise<void> {
    await poll(
      () => this.callStack(),
      (shown) => (shown.match(/paused on breakpoint/gi) ?? []).length === count,
      `${count} sessions at breakpoints`,
    );
  }

  /** Waits until so many sessions have a row in the Call Stack view; one alone has none. */
  async waitForSessions(count: number): Promise<void> {
    await poll(
      () => this.page.locator(".debug-call-stack .monaco-list-row .session").count(),
      (now) => now === count,
      `${count} sessions`,
    );
  }

  /** The first row of that name in the Variables view. */
  variable(name: string): Locator {
    const named = this.page.locator(".name", { hasText: new RegExp(`^${name}\\s*[:=]?\\s*$`) });
    return this.page.locator(".debug-variables .monaco-list-row").filter({ has: named }).first();
  }

  /** Waits until a variable is shown with a value. */
  async waitForVariable(name: string, value: string): Promise<void> {
    const shown = this.variable(name).locator(".value");
    await poll(
      () => shown.textContent({ timeout: 1000 }).catch(() => "(not shown)"),
      (now) => now === value,
      `${name} = ${value}`,
    );
  }

  /** Opens the members of a variable. */
  async expandVariable(name: string): Promise<void> {
    await this.variable(name).click();
    await this.page.locator(".debug-variables .monaco-list-row[aria-level='3']").first().waitFor();
  }

  /** Double-clicks a variable and types another value. */
  async setVariable(name: string, value: string): Promise<void> {
    await this.variable(name).dblclick();
    const input = this.page.locator(".debug-variables .monaco-inputbox input");
    await input.fill(value);
    await input.press("Enter");
    await this.waitForVariable(name, value);
  }

  /** Shows the Debug Console. */
  async showConsole(): Promise<void> {
    await this.page.keyboard.press("Control+Shift+Y");
    await this.page.locator(".repl").waitFor();
  }

  /** Types a line into the Debug Console. */
  async typeInConsole(line: string): Promise<void> {
    await this.page.locator(".repl .repl-input-wrapper .monaco-editor").click();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press("Enter");
  }

  /** Waits until the Debug Console shows the text. */
  async waitForConsole(text: string): Promise<void> {
    await this.page.locator(".repl .monaco-list-row", { hasText: text }).first().waitFor();
  }
}
