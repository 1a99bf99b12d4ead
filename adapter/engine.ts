/**
 * How node runs the adapter; imported before all else.
 *
 * Most of its code runs a few times between two waits for a person and never gets hot: compiled at its first run, without
 * optimization, it takes about a seventh less than interpreted (measured: creating and restarting checkpoints, steps).
 *
 * The threads that read files meanwhile are made at once. Node makes them for the first such read, and aborts where the user's
 * limit of processes leaves no room for them: in the middle of a session, that would be the end of it.
 */
import { access } from "node:fs";
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--always-sparkplug");
access("/", () => undefined);
