/**
 * Functions of the C library that expressions call most. It mostly comes without debug information, and the program's own tells only
 * of functions that it calls itself: what they take and give is the C standard's and POSIX's to say.
 */
import type { FunctionType, Type } from "../../symbols/sourceTypes";
import type { SymbolModule } from "../../symbols/types";
import type { LoadedModule } from "../types";
import { builtin, functionType, pointerTo, voidType } from "../values/valuesTypes";

/** By what they give and take: `s` text, `p` any pointer, `i` int, `l` long, `n` size_t, `d` double, `v` nothing, `.` anything more. */
const SHAPES: Readonly<Record<string, string>> = {
  "n s": "strlen",
  "i ss": "strcmp strcasecmp strcoll",
  "i ssn": "strncmp strncasecmp",
  "s ss": "strstr strcasestr strpbrk strcpy strcat",
  "s si": "strchr strrchr",
  "s ssn": "strncpy strncat",
  "n ss": "strspn strcspn",
  "s s": "getenv strdup",
  "i ppn": "memcmp",
  "p pin": "memchr memset",
  "p ppn": "memcpy memmove",
  "p n": "malloc",
  "p nn": "calloc",
  "p pn": "realloc",
  "v p": "free",
  "i s": "puts atoi",
  "l s": "atol atoll",
  "d s": "atof",
  "l spi": "strtol strtoll",
  "n spi": "strtoul strtoull",
  "i p": "fflush fileno feof ferror",
  "i s.": "printf",
  "i ps.": "fprintf sprintf",
  "i pns.": "snprintf",
  "i i":
    "putchar abs toupper tolower isalpha isdigit isalnum isspace isupper islower ispunct isxdigit isatty",
  "l l": "labs",
  "i ": "getpid getppid gettid getuid geteuid rand",
  "l p": "time",
  "d d": "sqrt cbrt fabs floor ceil round trunc exp log log2 log10 sin cos tan asin acos atan sinh cosh tanh",
  "d dd": "pow fmod atan2 hypot fmin fmax",
};

const types: Readonly<Record<string, Type>> = {
  s: pointerTo(builtin.char),
  p: pointerTo(voidType),
  i: builtin.int,
  l: builtin.long,
  n: builtin.unsignedLong,
  d: builtin.double,
  v: voidType,
};

function typeOfShape(shape: string): FunctionType {
  const [returns = "", parameters = ""] = shape.split(" ");
  const taken = [...parameters].flatMap((letter) => types[letter] ?? []);
  return functionType(types[returns] ?? voidType, taken, parameters.endsWith("."));
}

const known = new Map(
  Object.entries(SHAPES).flatMap(([shape, names]) =>
    names.split(" ").map((name) => [name, typeOfShape(shape)]),
  ),
);

const LIBRARY = /(^|\/)(?:lib[cm](?:-[\d.]+)?\.so[^/]*|lib[cm]\.musl[^/]*|ld-musl[^/]*)$/;

/**
 * The type of a function by the name it is called by, where debug information has none; undefined: the C library has none of that name,
 * or the module that has the function is another.
 */
export function libraryFunction(name: string, { symbols }: LoadedModule): FunctionType | undefined {
  const type = known.get(name);
  return type !== undefined && (LIBRARY.test(symbols.path) || isLinkedIn(name, symbols)) ? type : undefined;
}

/** Whether a function of a static program is the library's: indirect, or with the library's own name for it as well. */
function isLinkedIn(name: string, symbols: SymbolModule): boolean {
  if (symbols.interpreter !== undefined || symbols.path.includes(".so")) return false;
  const symbol = symbols.elfSymbolNamed(name);
  const own = symbols.elfSymbolNamed(`__${name}`);
  return symbol?.kind === "indirectFunction" || (symbol !== undefined && own?.address === symbol.address);
}

/** The name that `std::name` of one of these functions has in the C library; undefined for any other. */
export function libraryName(name: string): string | undefined {
  const plain = /^(?:::)?std::(\w+)$/.exec(name)?.[1];
  return plain !== undefined && known.has(plain) ? plain : undefined;
}
