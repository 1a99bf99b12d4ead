/* A function that overloadedCalls.cpp does not see. */
static int own(double) { return 8; }

int elsewhere() { return own(1.0); }
