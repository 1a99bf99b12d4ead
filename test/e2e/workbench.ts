/** What a person does in VS Code's window while debugging, by what they see there: names, texts, rows. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";
import { repository } from "../helpers/compile";

const screenshots = path.join(repository, "test/.out/screenshots");
const switches = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A window of VS Code in Chromium. Whatever is waited for fails after 30 seconds. */
export class Workbench {
  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  /** Opens the window and waits until it is ready for keys. */
  static async open(url: string): Promise<Workbench> {
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: switches });
    try {
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      await page.goto(url);
      await page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
      await page.locator(".part.statusbar .statusbar-item").first().waitFor();
      return new Workbench(browser, page);
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** Takes the pointer to the title bar's edge, where nothing reacts to it, and waits until tooltips are gone. */
  async rest(): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.page.locator(".workbench-hover-container:visible").waitFor({ state: "hidden" });
  }

  /** Makes the side bar wider by dragging its edge. */
  async widenSideBar(pixels: number): Promise<void> {
    const box = await this.page.locator(".part.sidebar").boundingBox();
    if (!box) throw new Error("There is no side bar.");
    const [edge, middle] = [box.x + box.width, box.y + box.height / 2];
    await this.page.mouse.move(edge, middle);
    await this.page.mouse.down();
    await this.page.mouse.move(edge + pixels, middle, { steps: 5 });
    await this.page.mouse.up();
    await this.rest();
  }

  /** Keeps a picture of the window as test/.out/screenshots/NAME.png. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: path.join(screenshots, `${name}.png`) });
  }

  /** Opens a file of the folder from the Explorer. */
  async openFile(name: string): Promise<void> {
    await this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`).dblclick();
    await this.page.locator(".tabs-container .tab.active", { hasText: name }).waitFor();
    await this.editor.locator(".view-line").first().waitFor();
  }

  /** Runs a command by its title in the palette; one that a window just opened does not have yet is waited for. */
  async runCommand(title: string): Promise<void> {
    const row = this.quickInput.locator(".monaco-list-row", { hasText: title }).first();
    const look = async () => {
      await this.page.keyboard.press("F1");
      await this.quickInput.locator("input[type=text]").fill(`>${title}`);
      return row.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
    };
    await poll(look, (isOffered) => isOffered, `the command "${title}"`);
    await row.click();
  }

  /** Titles that the palette offers for some text. */
  async offeredCommands(text: string): Promise<string[]> {
    await this.page.keyboard.press("F1");
    await this.quickInput.locator("input[type=text]").fill(`>${text}`);
    await this.quickInput.locator(".monaco-list-row").first().waitFor();
    const titles = await this.quickInput.locator(".monaco-list-row .label-name").allTextContents();
    await this.page.keyboard.press("Escape");
    return titles;
  }

  /** Clicks in the gutter left of a line's number until the red dot comes or goes: a window just opened takes no click. */
  async toggleBreakpoint(line: number): Promise<void> {
    const number = this.editor.locator(".margin-view-overlays .line-numbers", {
      hasText: new RegExp(`^${line}$`),
    });
    const before = await this.breakpointDots.count();
    const click = async () => {
      const box = await number.boundingBox();
      if (!box) throw new Error(`Line ${line} is not in view.`);
      await this.page.mouse.click(box.x - 10, box.y + box.height / 2);
      await this.page.waitForTimeout(500);
      return this.breakpointDots.count();
    };
    await poll(click, (count) => count !== before, `a change of the breakpoint at line ${line}`);
  }

  /** Scrolls to a line of the active editor. */
  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press("Control+G");
    await this.answer(`:${line}`);
    await this.waitForCursorAt(line);
  }

  /** The line that the yellow arrow points at, once there is one. */
  async stoppedLine(): Promise<number> {
    const arrow = this.editor.locator("[class*=codicon-debug-stackframe]").first();
    const box = await arrow.boundingBox();
    if (!box) return -1;
    for (const number of await this.editor.locator(".margin-view-overlays .line-numbers").all()) {
      const place = await number.boundingBox();
      if (place && Math.abs(place.y - box.y) < place.height / 2) return Number(await number.textContent());
    }
    return -1;
  }

  /** Waits until the program is shown as stopped at a line. */
  async waitForStopAt(line: number): Promise<void> {
    await poll(
      () => this.stoppedLine().catch(() => -1),
      (now) => now === line,
      `a stop at line ${line}`,
    );
  }

  /** Presses F5. */
  async start(): Promise<void> {
    await this.page.keyboard.press("F5");
  }

  /** Starts a configuration of launch.json by its name, beside what is running already. */
  async startConfiguration(name: string): Promise<void> {
    await this.runCommand("Debug: Select and Start Debugging");
    await this.pick(name);
  }

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

  /** The rows of the Checkpoints view, or those that hold a text. */
  checkpoints(text?: string): Locator {
    const rows = this.checkpointsPane.locator(".monaco-list-row");
    return text === undefined ? rows : rows.filter({ hasText: text });
  }

  /** What a row of the Checkpoints view says, its buttons left out. */
  async checkpointText(index: number): Promise<string> {
    const label = this.checkpoints().nth(index).locator(".monaco-icon-label-container");
    return ((await label.innerText()) ?? "").replaceAll(/\s+/g, " ").trim();
  }

  /** Waits until the Checkpoints view has that many rows. */
  async waitForCheckpoints(count: number): Promise<void> {
    await poll(
      () => this.checkpoints().count(),
      (now) => now === count,
      `${count} checkpoints in the view`,
    );
  }

  /** Clicks a checkpoint's row: goes back to it. The pointer first leaves the view, so that no tooltip covers the row. */
  async clickCheckpoint(text: string, occurrence: "first" | "last" = "first"): Promise<void> {
    await this.rest();
    await this.checkpoints(text)[occurrence]().click();
  }

  /** Presses one of the buttons that show on a checkpoint's row under the pointer. */
  async pressOnCheckpoint(text: string, button: string): Promise<void> {
    const row = this.checkpoints(text).first();
    await this.rest();
    await row.hover();
    await row.locator(`.action-label[aria-label^="${button}"]`).click();
  }

  /** Chooses from the menu that a right click on a checkpoint's row brings. */
  async chooseOnCheckpoint(text: string, item: string): Promise<void> {
    await this.rest();
    await this.checkpoints(text).first().click({ button: "right" });
    const entry = this.page.locator(".monaco-menu .action-menu-item", { hasText: item }).first();
    await entry.hover();
    await entry.click();
  }

  /** Chooses from the list at the top of the window. */
  async pick(text: string): Promise<void> {
    await this.quickInput.locator(".monaco-list-row", { hasText: text }).first().click();
  }

  /** Answers the input box at the top of the window. */
  async answer(text: string): Promise<void> {
    const input = this.quickInput.locator("input[type=text]");
    await input.waitFor();
    await input.fill(text);
    await input.press("Enter");
  }

  /** What was copied last. */
  async clipboard(): Promise<string> {
    return poll(
      () => this.page.evaluate(() => navigator.clipboard.readText()),
      (text) => text !== "",
      "a text in the clipboard",
    );
  }

  /** Closes the active editor. */
  async closeEditor(): Promise<void> {
    await this.runCommand("View: Close Editor");
    await this.page.locator(".tabs-container .tab").waitFor({ state: "detached" });
  }

  /** Waits until the status bar says that the cursor is in a line. */
  async waitForCursorAt(line: number): Promise<void> {
    await this.page.locator(".statusbar-item", { hasText: `Ln ${line},` }).waitFor();
  }

  /** Presses a button of the modal dialog and gives the dialog's text. */
  async answerDialog(button: string): Promise<string> {
    const dialog = this.page.locator(".monaco-dialog-box");
    const text = (await dialog.locator(".dialog-message-container").textContent()) ?? "";
    await dialog.locator(".monaco-button", { hasText: button }).click();
    return text;
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

  /** Waits for a notification, and gives all that show after a moment for more to come. */
  async waitForNotification(): Promise<string[]> {
    await this.page.locator(".notifications-toasts .notification-list-item-message").first().waitFor();
    await this.page.waitForTimeout(500);
    return this.notifications();
  }

  /** The notifications that show now, as text. */
  async notifications(): Promise<string[]> {
    return this.page.locator(".notifications-toasts .notification-list-item-message").allTextContents();
  }

  /** The pane of the Checkpoints view. */
  get checkpointsPane(): Locator {
    return this.page.locator('.pane:has(> .pane-header[aria-label^="Checkpoints"])');
  }

  private get editor(): Locator {
    return this.page.locator(".editor-group-container.active .monaco-editor").first();
  }

  private get breakpointDots(): Locator {
    return this.editor.locator(".codicon-debug-breakpoint, .codicon-debug-breakpoint-unverified");
  }

  private get quickInput(): Locator {
    return this.page.locator(".quick-input-widget");
  }
}

/** Looks again and again until what is seen is good; fails after 30 seconds with what was seen last. */
export async function poll<T>(
  look: () => Promise<T>,
  isGood: (seen: T) => boolean,
  what: string,
): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const seen = await look();
    if (isGood(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`Waited for ${what}; seen last: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
