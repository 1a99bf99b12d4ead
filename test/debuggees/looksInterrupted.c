// In no call, with registers as those of a thread have them that a stop has interrupted in one. Ends with 0 if they stay.
static volatile long kept, wanted;

__attribute__((noinline)) void looks_interrupted(void) {
    long is, was;
    // -516 is ERESTART_RESTARTBLOCK, and a call leaves in rcx where it stands.
    __asm__ volatile("mov $-516, %%rax\n\t"
                     "lea 1f(%%rip), %%rcx\n\t"
                     "mov %%rcx, %1\n\t"
                     "jmp *%%rcx\n"
                     "1:\tnop\n\t"
                     "mov %%rcx, %0"
                     : "=r"(is), "=r"(was)
                     :
                     : "rax", "rcx");
    kept = is;
    wanted = was;
}

int main(void) {
    looks_interrupted();
    return kept == wanted ? 0 : 1;
}
