/** The Checkpoints view. */
import { type Locator, type Page } from "playwright-core";
import { poll, rest } from "./poll";

/** What a restart brings back of one resource, or not. */
const DETAIL = /all private memory|general, floating-point|restored|approximate/;

/** A menu takes no click in its first 100 ms, so that the click which opened it chooses nothing. */
const MENU_DEAF_MS = 200;

/** What a person does and reads there. Whatever is waited for fails after 30 seconds. */
export class CheckpointsView {
  constructor(private readonly page: Page) {}

  /** The rows of the Checkpoints view, or those that hold a text. */
  rows(text?: string | RegExp): Locator {
    const rows = this.pane.locator(".monaco-list-row");
    return text === undefined ? rows : rows.filter({ hasText: text });
  }

  /** What a row of the Checkpoints view says, its buttons left out. */
  async textOf(index: number): Promise<string> {
    const label = this.rows().nth(index).locator(".monaco-icon-label-container");
    return ((await label.innerText()) ?? "").replaceAll(/\s+/g, " ").trim();
  }

  /** Waits until the Checkpoints view has that many rows, what a row unfolds to left out. */
  async waitForCount(count: number): Promise<void> {
    await poll(
      () => this.rows().filter({ hasNotText: DETAIL }).count(),
      (now) => now === count,
      `${count} checkpoints in the view`,
    );
  }

  /** Clicks a checkpoint's row: goes back to it. The pointer first leaves the view, so that no tooltip covers the row. */
  async click(text: string, occurrence: "first" | "last" = "first"): Promise<void> {
    await rest(this.page);
    const row = this.rows(text)[occurrence]();
    await this.scrollTo(row);
    await row.click();
  }

  /** Turns the wheel until the whole row is to be seen: VS Code's lists do not scroll by themselves for a half-hidden row. */
  private async scrollTo(row: Locator): Promise<void> {
    const hiddenPixels = async () => {
      const [inner, outer] = [await row.boundingBox(), await this.pane.boundingBox()];
      if (!inner || !outer) return 0;
      await this.page.mouse.move(inner.x + 100, inner.y + 2);
      const hidden = Math.ceil(inner.y + inner.height - outer.y - outer.height);
      if (hidden > 0) await this.page.mouse.wheel(0, hidden + 4);
      return hidden;
    };
    await poll(hiddenPixels, (hidden) => hidden <= 0, "a checkpoint's row in full view");
  }

  /** Presses one of the buttons that show on a checkpoint's row under the pointer. */
  async press(text: string, button: string): Promise<void> {
    const row = this.rows(text).first();
    await rest(this.page);
    await row.hover();
    await row.locator(`.action-label[aria-label^="${button}"]`).click();
  }

  /** Chooses from the menu that a right click on a checkpoint's row brings. */
  async choose(text: string, item: string): Promise<void> {
    await rest(this.page);
    await this.rows(text).first().click({ button: "right" });
    const entry = this.page.locator(".monaco-menu .action-menu-item", { hasText: item }).first();
    await entry.hover();
    await this.page.waitForTimeout(MENU_DEAF_MS);
    await entry.click();
  }

  /** The pane of the Checkpoints view. */
  get pane(): Locator {
    return this.page.locator('.pane:has(> .pane-header[aria-label^="Checkpoints"])');
  }
}
