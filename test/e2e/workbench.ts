/** What a person does in VS Code's window while debugging, by what they see there: names, texts, rows. */
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";
import { repository } from "../helpers/compile";
import { CheckpointsView } from "./checkpointsView";
import { DebugViews } from "./debugViews";
import { poll, rest } from "./poll";

const screenshots = path.join(repository, "test/.out/screenshots");
/** Else Playwright's own, which scripts/browser.mjs has installed. */
const debiansChromium = "/usr/bin/chromium";
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
  readonly debug: DebugViews;
  readonly checkpoints: CheckpointsView;

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {
    this.debug = new DebugViews(page);
    this.checkpoints = new CheckpointsView(page);
  }

  /** Opens the window and waits until it is ready for keys. */
  static async open(url: string): Promise<Workbench> {
    const system = existsSync(debiansChromium) ? { executablePath: debiansChromium } : {};
    const browser = await chromium.launch({ ...system, args: switches });
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

  /** Makes the side bar wider by dragging its edge. */
  async widenSideBar(pixels: number): Promise<void> {
    const box = await this.page.locator(".part.sidebar").boundingBox();
    if (!box) throw new Error("There is no side bar.");
    const [edge, middle] = [box.x + box.width, box.y + box.height / 2];
    await this.page.mouse.move(edge, middle);
    await this.page.mouse.down();
    await this.page.mouse.move(edge + pixels, middle, { steps: 5 });
    await this.page.mouse.up();
    await rest(this.page);
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

  /** Turns to one of several sessions, by its name. */
  async focusSession(name: string): Promise<void> {
    await this.runCommand("Debug: Select Debug Session");
    await this.pick(name);
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

  /**
   * Answers the input box with a title. A list of choices before it has the same input field: until the title shows, what
   * is typed would go there.
   */
  async answerBox(title: string, text: string): Promise<void> {
    const box = this.quickInput.filter({ has: this.page.locator(".quick-input-title", { hasText: title }) });
    await box.locator("input[type=text]").fill(text);
    await box.locator("input[type=text]").press("Enter");
    await box.waitFor({ state: "hidden" });
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
