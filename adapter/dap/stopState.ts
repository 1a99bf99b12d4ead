/** The handles that a client holds while the program is stopped: all of one stop in one object, dropped on resume. */
import { UserError } from "../debugger/types";
import type { Frame, Stop, VariableNode } from "../debugger/types";

/** What has children in the variables view: a scope or a variable. */
export interface Container {
  /** Of arrays and containers: their children are indexed; all others' are named. */
  readonly indexedCount?: number;
  children(start?: number, count?: number): Promise<VariableNode[]> | VariableNode[];
}

/** Some children: from `start` on, `count` of them (all that follow, when it is missing), of one kind or of both. */
export interface ChildrenPage {
  readonly kind?: "indexed" | "named" | undefined;
  readonly start: number;
  readonly count?: number | undefined;
}

/** How a frame was found, so that a changed frame is found again after a write. */
interface FramePosition {
  readonly threadId: number;
  readonly index: number;
  readonly functionName: string;
}

export class StopState {
  private readonly frames = new Map<number, FramePosition>();
  private readonly containers = new Map<number, Container>();
  private readonly rows = new Map<number, Map<string, VariableNode>>();
  private readonly leftFrames: ReadonlyMap<number, FramePosition>;

  /**
   * @param stop why the program stopped.
   * @param newHandle gives a number that no other stop of the session gave out: a stale one must mean nothing.
   * @param frameAt finds a frame of a stopped thread.
   * @param left the stop that a restart has left. After one that was typed in its Debug Console VS Code asks once more for the
   * scopes of that stop's frames; without an answer it folds all variables.
   */
  constructor(
    readonly stop: Stop,
    private readonly newHandle: () => number,
    private readonly frameAt: (threadId: number, index: number) => Frame | undefined,
    left?: StopState,
  ) {
    this.leftFrames = left?.frames ?? new Map();
  }

  /** DAP's id of a frame. */
  frameId(frame: Frame): number {
    const id = this.newHandle();
    const { threadId, index, functionName } = frame;
    this.frames.set(id, { threadId, index, functionName });
    return id;
  }

  /**
   * The frame of an id; undefined for no id. Throws UserError for one of another stop, unless a restart has just left that
   * and the same function stands at that place.
   */
  frame(id: number | undefined): Frame | undefined {
    if (id === undefined) return undefined;
    const frame = this.at(this.frames.get(id)) ?? this.again(this.leftFrames.get(id));
    if (!frame) throw new UserError(`Frame ${id} is not of this stop; ask for the stack again.`);
    return frame;
  }

  private at(position: FramePosition | undefined): Frame | undefined {
    return position && this.frameAt(position.threadId, position.index);
  }

  private again(position: FramePosition | undefined): Frame | undefined {
    const frame = this.at(position);
    return frame?.functionName === position?.functionName ? frame : undefined;
  }

  /** DAP's variablesReference of what has children, 0 for what has none. */
  reference(container: Partial<Container>): number {
    const { children, indexedCount } = container;
    if (!children) return 0;
    const reference = this.newHandle();
    const counted = indexedCount === undefined ? {} : { indexedCount };
    this.containers.set(reference, { ...counted, children: children.bind(container) });
    return reference;
  }

  /** The rows of a container, or a page of them; they are kept by name for `row`. Throws UserError for a stale reference. */
  async children(reference: number, page: ChildrenPage = { start: 0 }): Promise<VariableNode[]> {
    const container = this.containers.get(reference);
    if (!container)
      throw new UserError(`Variables ${reference} are not of this stop; ask for the scopes again.`);
    const nodes = await childrenOn(page, container);
    const known = this.rows.get(reference) ?? new Map<string, VariableNode>();
    for (const node of nodes) known.set(node.name, node);
    this.rows.set(reference, known);
    return nodes;
  }

  /** One row of a container by its name. Throws UserError when there is none. */
  async row(reference: number, name: string): Promise<VariableNode> {
    if (!this.rows.get(reference)?.has(name)) await this.children(reference);
    const node = this.rows.get(reference)?.get(name);
    if (!node) throw new UserError(`There is no variable ${name} here.`);
    return node;
  }
}

async function childrenOn(
  { kind, start, count }: ChildrenPage,
  container: Container,
): Promise<VariableNode[]> {
  const indexed = container.indexedCount !== undefined;
  if (kind !== undefined && kind !== (indexed ? "indexed" : "named")) return [];
  if (indexed) return container.children(start, count);
  const nodes = await container.children();
  return nodes.slice(start, count === undefined ? undefined : start + count);
}
