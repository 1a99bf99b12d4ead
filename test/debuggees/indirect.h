static inline int ofHeader(int value) { return value + 1; }
