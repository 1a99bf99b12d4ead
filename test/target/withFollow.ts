/** Programs that fork, and their stops. */
import type { FollowFork, StopEvent } from "../../adapter/target/target";
import { withTarget, type Running } from "./withTarget";

/** Runs a program that makes processes, by the way that its arguments name. */
export function withFollow(
  followFork: FollowFork,
  args: readonly string[],
  body: (running: Running) => Promise<void>,
  program = "follow",
): Promise<void> {
  return withTarget(program, { flags: ["-pthread"], args, launch: { followFork } }, body);
}

/** The next stop that is not about a fork or an exec; `forks` gets those. */
export async function onwards(running: Running, forks: StopEvent[] = []): Promise<StopEvent> {
  for (;;) {
    const stop = await running.run();
    if (stop.kind !== "forked" && stop.kind !== "exec") return stop;
    forks.push(stop);
  }
}

/** Ways in which a child is made that shares its parent's memory until it goes its own. */
export const sharing = ["vfork", "vexit", "spawn"] as const;
