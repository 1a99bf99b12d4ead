// The other file of overloads.cpp.
static int twin(int n) { return n + 2; }
int other() { return twin(1); }
