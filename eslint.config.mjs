import js from "@eslint/js";
import tseslint from "typescript-eslint";
import forkpoint from "./scripts/lint/importDirection.mjs";

const typescript = {
  files: ["**/*.ts"],
  extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  plugins: { forkpoint },
  rules: {
    "forkpoint/import-direction": "error",
    "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
    "@typescript-eslint/no-floating-promises": [
      "error",
      {
        allowForKnownSafeCalls: [
          { from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] },
        ],
      },
    ],
    "@typescript-eslint/require-await": "off",
    "@typescript-eslint/unbound-method": "off",
    "no-control-regex": "off",
    "@typescript-eslint/restrict-template-expressions": [
      "error",
      { allowNumber: true, allowBoolean: true, allow: [{ from: "lib", name: "Error" }] },
    ],
    "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "@typescript-eslint/ban-ts-comment": [
      "error",
      { "ts-expect-error": true, "ts-ignore": true, "ts-nocheck": true },
    ],
    eqeqeq: ["error", "always", { null: "ignore" }],
  },
};

/** What a test reads of an answer is `any` in the protocol's own types. */
const tests = {
  files: ["test/**/*.ts"],
  rules: Object.fromEntries(
    ["argument", "assignment", "call", "member-access", "return"].map((what) => [
      `@typescript-eslint/no-unsafe-${what}`,
      "off",
    ]),
  ),
};

const scripts = {
  files: ["**/*.mjs"],
  extends: [js.configs.recommended],
  languageOptions: {
    globals: {
      console: "readonly",
      process: "readonly",
      URL: "readonly",
      setTimeout: "readonly",
      fetch: "readonly",
      performance: "readonly",
    },
  },
};

const size = {
  files: ["adapter/**/*.ts", "extension/**/*.ts"],
  rules: {
    "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
    "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
  },
};

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "test/.out/", "demo/build/"] },
  { linterOptions: { noInlineConfig: true } },
  typescript,
  tests,
  scripts,
  size,
);
