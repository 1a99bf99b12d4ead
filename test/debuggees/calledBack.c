// A shared library whose constructor calls into the program that loads it.
void during_dlopen(void);

int loaded;

__attribute__((constructor)) static void construct(void) {
    loaded = 1;
    during_dlopen();
}
