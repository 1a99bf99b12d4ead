// Functions of its own with a name of the C library's, which the debugger calls to place literals in the program's memory.
static int called;

namespace storage {
long mmap(const char *) { return ++called; }
}

extern "C" {
static long mmap(const char *) { return ++called; }
}

static long length(const char *text) {
    long count = 0;
    while (text[count] != 0)
        count++;
    return count;
}

int main() {
    const long made = storage::mmap("file") + mmap("file");
    called = 0;
    return length("end") == 3 && made == 3 ? 0 : 1; // #BP1
}
