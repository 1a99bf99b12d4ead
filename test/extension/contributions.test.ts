import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { DEBUG_TYPE, type CheckpointKind } from "../../adapter/protocol";
import { CHECKPOINTS_VIEW, Command, ContextKey } from "../../extension/commandNames";
import { repository } from "../helpers/compile";

interface MenuEntry {
  command: string;
  when?: string;
}

interface Contributions {
  commands: {
    command: string;
    title: string;
    category: string;
    icon?: string | { light: string; dark: string };
  }[];
  menus: Record<string, MenuEntry[]>;
  keybindings: MenuEntry[];
  views: Record<string, { id: string; when: string; icon: string }[]>;
  debuggers: { type: string; configurationAttributes: { launch: { required: string[] } } }[];
}

const manifest = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8")) as {
  icon: string;
  contributes: Contributions;
};
const { commands, menus, keybindings, views, debuggers } = manifest.contributes;

test("the commands that package.json names are those that the extension registers, under one category", () => {
  assert.deepEqual(commands.map(({ command }) => command).sort(), Object.values(Command).sort());
  assert.deepEqual([...new Set(commands.map(({ category }) => category))], ["Forkpoint"]);
});

test("nothing shows outside a session of this debugger", () => {
  const conditions = [DEBUG_TYPE, CHECKPOINTS_VIEW, ContextKey.active, ContextKey.hasCheckpoints];
  for (const [menu, entries] of Object.entries({ ...menus, keys: keybindings }))
    for (const { command, when } of entries)
      assert.ok(
        conditions.some((condition) => when?.split(/\s+/).includes(condition)),
        `${menu}: ${command} when ${when}`,
      );
  const hidden = new Set(menus.commandPalette?.map(({ command }) => command));
  assert.deepEqual([...hidden].sort(), Object.values(Command).sort());
  assert.ok(views.debug?.every(({ id, when }) => id === CHECKPOINTS_VIEW && when === ContextKey.active));
});

test("every icon that is named or chosen by kind is there", () => {
  const named = commands.flatMap(({ icon }) => (typeof icon === "object" ? [icon.light, icon.dark] : []));
  const kinds: Record<CheckpointKind, true> = { manual: true, auto: true, branch: true, fork: true };
  const chosen = Object.keys(kinds).flatMap((kind) =>
    ["light", "dark"].flatMap((theme) => [
      `media/${theme}/${kind}.svg`,
      `media/${theme}/${kind}-current.svg`,
    ]),
  );
  const viewIcons = Object.values(views).flatMap((all) => all.map(({ icon }) => icon));
  for (const file of [manifest.icon, ...named, ...chosen, ...viewIcons])
    assert.ok(existsSync(path.join(repository, file)), file);
});

test("only the program is required to launch", () => {
  assert.deepEqual(
    debuggers.map(({ type, configurationAttributes }) => [type, configurationAttributes.launch.required]),
    [[DEBUG_TYPE, ["program"]]],
  );
});
