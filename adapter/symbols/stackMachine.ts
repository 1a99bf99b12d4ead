/** The stack machine of DWARF expressions (DWARF 5 section 2.5): from ops to the place where a value is. Pure. */
import { Op } from "./dwarf";
import type { Piece, Place } from "./places";
import {
  binaryOp,
  convert,
  ExpressionError,
  generic,
  isBinaryOp,
  littleEndian,
  typed,
  unaryOp,
  type StackItem,
} from "./stackItems";
import type { DieReference, DwarfOp } from "./types";

/** What an expression can ask of the frame it is evaluated in. Undefined means: not known in this frame. */
export interface EvaluationContext {
  /** Added to the addresses that the file states. */
  readonly loadBias: bigint;
  /** A general register by DWARF number (0-16), 64 bits. */
  register(number: number): bigint | undefined;
  /** The low bytes of any register; needed for vector and floating point registers. */
  registerBytes?(number: number, length: number): Buffer | undefined;
  /** Throws what it wants when memory cannot be read; evaluate lets it through. */
  readMemory(address: bigint, length: number): Buffer;
  /** The value of DW_AT_frame_base; see frameBaseValue. */
  frameBase?(): bigint | undefined;
  /** The canonical frame address. */
  cfa?(): bigint | undefined;
  /** Where the running thread's copy of this module's thread-local storage has `offset`. */
  tlsAddress?(offset: bigint): bigint | undefined;
  /** What `ops` gave when the function was entered, or a parameter that is passed no more would have been; see entryValueAt. */
  entryValue?(ops: readonly DwarfOp[]): bigint | undefined;
  /** The object whose member or dimension is asked about. */
  readonly objectAddress?: bigint;
  /** The location ops of another DIE (DW_OP_call2, _call4, _call_ref). */
  procedure?(die: DieReference): readonly DwarfOp[] | undefined;
  /** The value of another variable (DW_OP_GNU_variable_value). */
  variableValue?(die: DieReference): bigint | undefined;
}

const MOST_STEPS = 10_000;
const MOST_ITEMS = 1_000;
const DEEPEST_CALL = 8;
const LAST_LITERAL = Op.lit0 + 31;
const LAST_REGISTER = Op.reg0 + 31;
const LAST_BASE_REGISTER = Op.breg0 + 31;

/** Something that the expression needs is not known in this frame: the value is optimized out here. */
export class Unavailable extends Error {}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Unavailable();
  return value;
}

/** One run over an expression: the stack, and the pieces and places found so far. */
export class StackMachine {
  private readonly stack: StackItem[] = [];
  private readonly pieces: Piece[] = [];
  private place: Place | undefined;
  private steps = 0;

  constructor(private readonly context: EvaluationContext) {}

  /** Throws ExpressionError for what is not valid DWARF, Unavailable, and whatever `context.readMemory` throws. */
  run(ops: readonly DwarfOp[], depth = 0): void {
    if (depth > DEEPEST_CALL) throw new ExpressionError("calls nest too deep");
    const byOffset = new Map(ops.map((op, index) => [op.offset, index]));
    for (let at = 0; at < ops.length;) {
      const op = ops[at];
      if (op === undefined || ++this.steps > MOST_STEPS) throw new ExpressionError("it does not end");
      const target = this.branchTarget(op);
      if (target === undefined) {
        this.step(op, depth);
        at += 1;
      } else {
        at = byOffset.get(target) ?? ops.length;
      }
    }
  }

  /** The whole expression's result. */
  result(): Place {
    if (this.pieces.length > 0) return { kind: "pieces", pieces: this.pieces };
    return this.takePlace();
  }

  private takePlace(): Place {
    const { place } = this;
    this.place = undefined;
    if (place !== undefined) return place;
    const item = this.stack.pop();
    return item === undefined ? { kind: "optimizedOut" } : { kind: "memory", address: item.bits };
  }

  private branchTarget(op: DwarfOp): number | undefined {
    const target = op.offset + 3 + Number(BigInt.asIntN(64, op.operand1));
    if (op.code === Op.skip) return target;
    return op.code === Op.bra && this.pop().bits !== 0n ? target : undefined;
  }

  private step(op: DwarfOp, depth: number): void {
    if (this.stack.length > MOST_ITEMS) throw new ExpressionError("its stack grows too high");
    if (isBinaryOp(op.code)) {
      const right = this.pop();
      this.push(known(binaryOp(op.code, this.pop(), right)));
      return;
    }
    const done =
      this.constant(op) || this.shuffle(op) || this.memory(op) || this.frame(op) || this.finish(op);
    if (!done) this.other(op, depth);
  }

  private constant(op: DwarfOp): boolean {
    const { code } = op;
    if (code >= Op.lit0 && code <= LAST_LITERAL) this.push(generic(BigInt(code - Op.lit0)));
    else if (code >= Op.const1u && code <= Op.consts) this.push(generic(op.operand1));
    else if (code === Op.addr) this.push(generic(op.operand1 + this.context.loadBias));
    else if (code === Op.constType || code === Op.gnuConstType) {
      this.push(typed(littleEndian(op.block ?? Buffer.alloc(0)), op.operandType));
    } else return false;
    return true;
  }

  private shuffle(op: DwarfOp): boolean {
    switch (op.code) {
      case Op.dup:
        this.push(this.peek(0));
        return true;
      case Op.drop:
        this.pop();
        return true;
      case Op.over:
        this.push(this.peek(1));
        return true;
      case Op.pick:
        this.push(this.peek(Number(op.operand1)));
        return true;
      case Op.swap:
        this.push(...this.take(2).reverse());
        return true;
      case Op.rot: {
        const [third, second, first] = this.take(3);
        this.push(known(first), known(third), known(second));
        return true;
      }
      default:
        return false;
    }
  }

  private memory(op: DwarfOp): boolean {
    switch (op.code) {
      case Op.deref:
        this.push(generic(this.read(8)));
        return true;
      case Op.derefSize:
        this.push(generic(this.read(Number(op.operand1))));
        return true;
      case Op.derefType:
      case Op.gnuDerefType:
        this.push(typed(this.read(Number(op.operand1)), op.operandType));
        return true;
      case Op.plusUconst:
        this.push(this.addTo(this.pop(), op.operand1));
        return true;
      case Op.neg:
      case Op.not:
      case Op.abs:
        this.push(known(unaryOp(op.code, this.pop())));
        return true;
      case Op.convert:
      case Op.gnuConvert:
        this.push(convert(this.pop(), op.operandType));
        return true;
      case Op.reinterpret:
      case Op.gnuReinterpret:
        this.push(typed(this.pop().bits, op.operandType));
        return true;
      default:
        return false;
    }
  }

  private frame(op: DwarfOp): boolean {
    const { code, operand1, operand2 } = op;
    const { context } = this;
    if (code >= Op.breg0 && code <= LAST_BASE_REGISTER) this.pushRegister(code - Op.breg0, operand1);
    else if (code === Op.bregx) this.pushRegister(Number(operand1), operand2);
    else if (code === Op.fbreg) this.push(generic(known(context.frameBase?.()) + operand1));
    else if (code === Op.callFrameCfa) this.push(generic(known(context.cfa?.())));
    else if (code === Op.formTlsAddress || code === Op.gnuPushTlsAddress) {
      this.push(generic(known(context.tlsAddress?.(this.pop().bits))));
    } else if (code === Op.pushObjectAddress) this.push(generic(known(context.objectAddress)));
    else if (code === Op.entryValue || code === Op.gnuEntryValue) {
      const nested = op.nested ?? [];
      this.push(typed(known(context.entryValue?.(nested)), nested[0]?.operandType));
    } else if (code === Op.regvalType || code === Op.gnuRegvalType) this.pushTypedRegister(op);
    else return false;
    return true;
  }

  /** Ops that say what the place is, and those that join places. */
  private finish(op: DwarfOp): boolean {
    const { code, operand1, operand2 } = op;
    if (code >= Op.reg0 && code <= LAST_REGISTER) this.place = { kind: "register", number: code - Op.reg0 };
    else if (code === Op.regx) this.place = { kind: "register", number: Number(operand1) };
    else if (code === Op.stackValue) this.place = { kind: "value", value: this.pop().bits };
    else if (code === Op.implicitValue) this.place = { kind: "bytes", bytes: op.block ?? Buffer.alloc(0) };
    else if (code === Op.implicitPointer || code === Op.gnuImplicitPointer) {
      this.place = {
        kind: "implicitPointer",
        die: Number(operand1),
        byteOffset: BigInt.asIntN(64, operand2),
      };
    } else if (code === Op.piece) this.addPiece(Number(operand1) * 8, 0);
    else if (code === Op.bitPiece) this.addPiece(Number(operand1), Number(operand2));
    else return false;
    return true;
  }

  private other(op: DwarfOp, depth: number): void {
    switch (op.code) {
      case Op.nop:
      case Op.gnuUninit:
      case Op.bra:
        return;
      case Op.call2:
      case Op.call4:
      case Op.callRef:
        this.run(known(this.context.procedure?.(Number(op.operand1))), depth + 1);
        return;
      case Op.gnuVariableValue:
        this.push(generic(known(this.context.variableValue?.(Number(op.operand1)))));
        return;
      case Op.gnuParameterRef:
        this.push(generic(known(this.context.entryValue?.([op]))));
        return;
      default:
        throw new ExpressionError(`operation 0x${op.code.toString(16)} is not known`);
    }
  }

  private addPiece(bitSize: number, bitOffset: number): void {
    this.pieces.push({ place: this.takePlace(), bitSize, bitOffset });
  }

  private addTo(item: StackItem, more: bigint): StackItem {
    return typed(item.bits + more, item.type);
  }

  private pushRegister(number: number, offset: bigint): void {
    this.push(generic(known(this.context.register(number)) + offset));
  }

  private pushTypedRegister(op: DwarfOp): void {
    const number = Number(op.operand1);
    const size = op.operandType?.byteSize ?? 8;
    const bytes = this.context.registerBytes?.(number, size);
    this.push(typed(bytes ? littleEndian(bytes) : known(this.context.register(number)), op.operandType));
  }

  private read(length: number): bigint {
    if (length < 1 || length > 16) throw new ExpressionError(`it reads ${length} bytes at once`);
    return littleEndian(this.context.readMemory(this.pop().bits, length));
  }

  private push(...items: StackItem[]): void {
    this.stack.push(...items);
  }

  private pop(): StackItem {
    const item = this.stack.pop();
    if (item === undefined) throw new ExpressionError("its stack is empty");
    return item;
  }

  private peek(depth: number): StackItem {
    const item = this.stack.at(-1 - depth);
    if (item === undefined) throw new ExpressionError("its stack is empty");
    return item;
  }

  private take(count: number): StackItem[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }
}
