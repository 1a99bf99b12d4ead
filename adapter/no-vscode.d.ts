// adapter/tsconfig.json maps "vscode" to this file, which is no module, so that importing it here is a compile error.
