/** Work that nobody waits for, done in an idle moment. */

/** Milliseconds in which nothing more has come. */
const CALM = 50;
/** With so much of it waiting it is done all the same. */
const MOST = 64;

let waiting: (() => void)[] = [];
let timer: NodeJS.Timeout | undefined;

function run(): void {
  const due = waiting;
  waiting = [];
  for (const work of due) work();
}

/** Does `work`, which must not throw, in a turn of the event loop of its own. */
export function whenIdle(work: () => void): void {
  waiting.push(work);
  if (waiting.length >= MOST) setImmediate(run);
  if (timer === undefined) timer = setTimeout(run, CALM).unref();
  else timer.refresh();
}
