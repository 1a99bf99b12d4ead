/** Waiting for what the window will show. */
import { type Page } from "playwright-core";

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

/** Takes the pointer to the title bar's edge, where nothing reacts to it, and waits until tooltips are gone. */
export async function rest(page: Page): Promise<void> {
  await page.mouse.move(2, 2);
  await page.locator(".workbench-hover-container:visible").waitFor({ state: "hidden" });
}
