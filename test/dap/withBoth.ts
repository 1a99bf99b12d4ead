/** A program whose forked children have sessions of their own, and its parent's session. */
import type { DapClient } from "../helpers/dapClient";
import { withDebuggee, type DebuggeeSession, type LaunchSettings } from "../helpers/session";

/** The session of a child. */
export type Child = DebuggeeSession<DapClient>;

/** Launches with `followFork: "both"`. */
export function withBoth(
  settings: LaunchSettings,
  body: (parent: DebuggeeSession) => Promise<void>,
  program = "follow",
): Promise<void> {
  return withDebuggee(
    program,
    async (session) => {
      await session.launch({ followFork: "both", ...settings });
      await body(session);
    },
    { flags: ["-pthread"] },
  );
}

/** Takes the session of the program's child, with a breakpoint at MET, and lets both come to their first stop. */
export async function bothAtFirstStop(parent: DebuggeeSession): Promise<Child> {
  const child = await parent.childSession(["MET"]);
  await Promise.all([parent.client.nextStop(), child.client.nextStop()]);
  return child;
}
