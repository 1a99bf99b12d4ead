/* ELF and DWARF through libdw, as flat records: see symbols.c and its neighbours. */
#ifndef FORKPOINT_SHIM_SYMBOLS_H
#define FORKPOINT_SHIM_SYMBOLS_H
#endif
